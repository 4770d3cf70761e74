"""Deals read one by one: how each ended, against whom, and which groups it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal, get_args

from sqlglot import exp

from qunxiang.sql import Query, Relation, column, literal, select, template
from qunxiang.sql.moment import Moment

Dimension = Literal["competitor", "segment", "industry", "owner", "product", "source"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
"""What win rates are compared by."""

Status = Literal["won", "lost", "ended", "open", "unclear"]
STATUSES: tuple[Status, ...] = get_args(Status)
"""How a deal stands: ``ended`` without a decision; ``unclear`` where its words say nothing that is known."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


WON = _words(
    "won win wins closedwon dealwon successful success 赢单 赢 已赢 已赢单 成交 已成交 成功 签约 已签约 签单 已签单"
    " 赢单关闭 关闭赢单 结单赢单 赢单结束 成单 已成单 中标 已中标"
)
LOST = _words(
    "lost loss lose losses closedlost deallost failed 输单 输 已输单 丢单 已丢单 失单 失败 战败 流失 未成交 未中标"
    " 输单关闭 关闭输单 关闭丢单 丢单关闭 结单输单 输单结束 落标"
)
ENDED = _words(
    "abandoned cancelled canceled nodecision disqualified withdrawn suspended duplicate rejected closednodecision 取消"
    " 已取消 作废 已作废 无效 废弃 放弃 已放弃 搁置 暂停 终止 已终止 无决策 客户取消 项目取消"
)
OPEN = _words("open pending inprogress active new ongoing 进行中 跟进中 未结束 未结单 打开 开放 待定")
YES, NO = _words("true 1 yes y t 是"), _words("false 0 no n f 否")


def deals(
    opportunities: Relation,
    *,
    accounts: Relation | None = None,
    products: Relation | None = None,
    identities: Relation | None = None,
    members: Relation | None = None,
    segmentation: str | None = None,
    moment: Moment,
    first: date | None = None,
    last: date | None = None,
) -> Query:
    """Read every deal with its end and its groups.

    A deal that names its company without an id belongs to the account of exactly that name, where one alone has it.

    Parameters
    ----------
    opportunities, accounts, products, identities, members
        Contracts ``opportunities``, ``accounts``, ``products``, ``IDENTITIES`` and ``MEMBERSHIPS``. Without one of
        them, what it would say is unknown.
    segmentation
        Segmentation whose segments are meant by `segment`.
    moment
        Only for its time zone, in which `first` and `last` are days.
    first, last
        First and last day on which closed deals that count were closed.

    Returns
    -------
    Query
        One row per deal: `status`, `said_outcome` and `said_stage` (as loaded), one column per name in
        :data:`DIMENSIONS`, `reason`, `amount` and `price` (list price of the product; both above 0 or NULL),
        `has_customer`, and `counts`: whether it is in the window (an open deal always is, a closed one without a
        closing date only when there is no window).
    """

    def own(name: str, kind: str = "VARCHAR") -> exp.Expr:
        return column(name, "o") if name in opportunities.columns else exp.cast(exp.null(), kind)

    status = status_of(own("outcome"), own("stage"))
    known = (
        select(
            "SELECT a.account_id AS key, a.name AS name, a.industry AS industry FROM accounts__ AS a", accounts=accounts
        )
        if accounts is not None
        else _nothing("key", "name", "industry")
    )
    ids = identities if identities is not None else _nothing("id_type", "id_value", "profile_id")
    placed = (
        select(
            "SELECT m.profile_id, m.segment FROM members__ AS m WHERE m.segmentation = :name",
            members=members,
            name=segmentation,
        )
        if members is not None and segmentation is not None
        else _nothing("profile_id", "segment")
    )
    priced = (
        select("SELECT p.product_id AS key, p.unit_price AS price FROM products__ AS p", products=products)
        if products is not None
        else _nothing("key", "price")
    )
    return select(
        "SELECT r.*, CASE WHEN r.status IN ('open', 'unclear') THEN TRUE ELSE :window END AS counts FROM ("
        "SELECT o.opportunity_id, :status AS status, :outcome AS said_outcome, :stage AS said_stage,"
        " NULLIF(TRIM(:competitor), '') AS competitor,"
        " CASE WHEN a.key IS NULL THEN COALESCE(mn.segment, ma.segment, mp.segment)"
        " ELSE COALESCE(ma.segment, mp.segment) END AS segment,"
        " NULLIF(TRIM(COALESCE(a.industry, b.industry, c.industry)), '') AS industry,"
        " NULLIF(TRIM(:owner), '') AS owner, NULLIF(TRIM(:product), '') AS product,"
        " NULLIF(TRIM(:source), '') AS source, NULLIF(TRIM(:reason), '') AS reason,"
        " CASE WHEN :amount > 0 THEN CAST(:amount AS DOUBLE) END AS amount,"
        " CASE WHEN CAST(p.price AS DOUBLE) > 0 THEN CAST(p.price AS DOUBLE) END AS price,"
        " :closed_at AS closed_at,"
        " NOT (:account IS NULL AND :person IS NULL AND NULLIF(TRIM(:account_name), '') IS NULL) AS has_customer"
        " FROM opportunities__ AS o"
        " LEFT JOIN known__ AS a ON a.key = :account"
        " LEFT JOIN (SELECT LOWER(TRIM(n.name)) AS name, MIN(n.key) AS key, MIN(n.industry) AS industry"
        " FROM known__ AS n GROUP BY LOWER(TRIM(n.name)) HAVING MIN(n.key) = MAX(n.key)) AS b"
        " ON b.name = LOWER(TRIM(:account_name))"
        " LEFT JOIN ids__ AS ia ON ia.id_type = 'account_id' AND ia.id_value = :account"
        " LEFT JOIN ids__ AS ip ON ip.id_type = 'person_id' AND ip.id_value = :person"
        " LEFT JOIN (SELECT i.profile_id, MIN(k.industry) AS industry FROM known__ AS k"
        " INNER JOIN ids__ AS i ON i.id_type = 'account_id' AND i.id_value = k.key GROUP BY i.profile_id) AS c"
        " ON c.profile_id = ia.profile_id"
        " LEFT JOIN ids__ AS ib ON ib.id_type = 'account_id' AND ib.id_value = b.key"
        " LEFT JOIN placed__ AS mn ON mn.profile_id = ib.profile_id"
        " LEFT JOIN placed__ AS ma ON ma.profile_id = ia.profile_id"
        " LEFT JOIN placed__ AS mp ON mp.profile_id = ip.profile_id"
        " LEFT JOIN priced__ AS p ON p.key = :product) AS r",
        window=_window(moment, first, last),
        status=status,
        outcome=own("outcome"),
        stage=own("stage"),
        competitor=own("competitor"),
        owner=own("owner"),
        product=own("product_id"),
        source=own("source"),
        reason=own("reason"),
        amount=own("amount", "DECIMAL(18, 2)"),
        closed_at=own("closed_at", "TIMESTAMPTZ"),
        account=own("account_id"),
        account_name=own("account_name"),
        person=own("person_id"),
        opportunities=opportunities,
        known=known,
        ids=ids,
        placed=placed,
        priced=priced,
    )


_COUNTS: Mapping[str, str] = {
    **{status: f"CASE WHEN d.counts AND d.status = '{status}' THEN 1 ELSE 0 END" for status in STATUSES},
    "without_customer": "CASE WHEN d.counts AND NOT d.has_customer THEN 1 ELSE 0 END",
}
_VALUES = ("amount", "price")
VALUE_SUMS = tuple(
    f"{value}_{name}" for value in _VALUES for name in ("won", "lost", "n_won", "n_lost", "squares_won", "squares_lost")
)
"""Sums of what deals are worth, by the amount that stands with them and by the list price of their product."""
SUMS = (*_COUNTS, *VALUE_SUMS)
"""Every sum of :func:`tallies`."""


def tallies(of: Relation, by: tuple[Dimension, ...]) -> Query:
    """Count the deals of every group.

    Parameters
    ----------
    of
        Deals as from :func:`deals`, bound in the session.
    by
        Dimensions; a group is a combination of their values, NULL (not stated) among them.

    Returns
    -------
    Query
        One row per group: its values under the names in `by`, one count per name in :data:`STATUSES`,
        `without_customer`, and the sums named in :data:`VALUE_SUMS` over won and lost deals with a known value.
    """
    chosen: list[exp.Expr] = [column(name, "d") for name in by]
    for name, text in _COUNTS.items():
        chosen.append(exp.alias_(template(f"CAST(SUM({text}) AS BIGINT)"), name, quoted=True))
    for value in _VALUES:
        for status in ("won", "lost"):
            which = {"v": column(value, "d"), "status": literal(status)}
            case = "CASE WHEN d.counts AND d.status = :status THEN :v END"
            for name, text in (
                (f"{value}_{status}", f"CAST(SUM({case}) AS DOUBLE)"),
                (f"{value}_n_{status}", f"CAST(COUNT({case}) AS BIGINT)"),
                (f"{value}_squares_{status}", f"CAST(SUM({case} * :v) AS DOUBLE)"),
            ):
                chosen.append(exp.alias_(template(text, **which), name, quoted=True))
    query = exp.select(*chosen).from_(of.table("d"))
    return Query(query.group_by(*(column(name, "d") for name in by)) if by else query)


def vocabulary(of: Relation) -> Query:
    """Return the words by which deals say how they stand: one row per outcome and stage with `status` and `n`."""
    return select(
        "SELECT d.status, d.said_outcome, d.said_stage, CAST(COUNT(*) AS BIGINT) AS n FROM deals__ AS d"
        " GROUP BY d.status, d.said_outcome, d.said_stage ORDER BY n DESC, d.said_outcome, d.said_stage",
        deals=of,
    )


def reasons(of: Relation) -> Query:
    """Return one row per reason of won and of lost deals: `status`, `reason` (NULL: not stated), `n`."""
    return select(
        "SELECT d.status, d.reason, CAST(COUNT(*) AS BIGINT) AS n FROM deals__ AS d"
        " WHERE d.counts AND d.status IN ('won', 'lost') GROUP BY d.status, d.reason"
        " ORDER BY d.status, n DESC, d.reason",
        deals=of,
    )


def status_of(outcome: exp.Expr, stage: exp.Expr) -> exp.Expr:
    """How a deal stands, one of :data:`STATUSES`, by the words of its outcome and else of its stage."""
    o, s = _word(outcome), _word(stage)

    def among(word: exp.Expr, words: tuple[str, ...]) -> exp.Expr:
        return exp.In(this=word.copy(), expressions=[literal(w) for w in words])

    case = exp.Case()
    for word, yes in ((o, WON + YES), (s, WON)):
        case = case.when(among(word, yes), literal("won"))
        case = case.when(among(word, LOST), literal("lost"))
        case = case.when(among(word, ENDED), literal("ended"))
    # a closing date proves nothing: for open deals it is the day on which they are expected to close
    case = case.when(
        template("NOT :s IS NULL", s=s),
        template(
            "CASE WHEN :o IS NULL OR :fits THEN 'open' ELSE 'unclear' END", o=o, fits=exp.paren(among(o, OPEN + NO))
        ),
    )
    return case.when(among(o, OPEN), literal("open")).else_(literal("unclear"))


def _word(text: exp.Expr) -> exp.Expr:
    """Write a word without case, spaces, hyphens and underscores; NULL when nothing is left."""
    bare: exp.Expr = template("LOWER(:x)", x=text)
    for sign in (" ", "\u3000", "-", "_", "/"):
        bare = template("REPLACE(:x, :sign, '')", x=bare, sign=sign)
    return template("NULLIF(:x, '')", x=bare)


def _window(moment: Moment, first: date | None, last: date | None) -> exp.Expr:
    parts: list[exp.Expr] = []
    if first is not None:
        parts.append(template("COALESCE(r.closed_at >= :since, FALSE)", since=moment.midnight(first)))
    if last is not None:
        until = Moment(last, moment.time_zone).until
        parts.append(template("COALESCE(r.closed_at < :until, FALSE)", until=until))
    return exp.paren(exp.and_(*parts)) if parts else exp.true()


def _nothing(*names: str) -> Query:
    """Return a query with text columns and no row."""
    chosen = [exp.alias_(exp.cast(exp.null(), "VARCHAR"), name, quoted=True) for name in names]
    return Query(exp.select(*chosen).where(exp.false()))
