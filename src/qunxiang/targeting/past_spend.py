"""What past campaigns cost for a segment and what they brought in, from the tables of campaigns."""

from __future__ import annotations

from collections.abc import Mapping

from qunxiang.sql import Query, Relation, cast_to_contract, contract_of, select
from qunxiang.tables import ColumnType


def past_spend_query(tables: Mapping[str, Relation], segmentation_id: str, segment: str) -> Query:
    """Return spend and result of a segment by campaign.

    Parameters
    ----------
    tables
        ``campaign_costs``, ``campaign_contacts``, ``responses``, ``identities`` and ``memberships``.

    Returns
    -------
    Query
        One row per campaign with costs that contacted somebody of the segment: `campaign_id`; `spend`, its costs times
        the segment's share of the contacts whose customer is known; `result`, the value of the responses of the
        segment's customers (workspace currency).
    """
    rows = select(
        """SELECT c.campaign_id, c.cost * k.inside / k.everyone AS spend, COALESCE(v.result, 0) AS result
        FROM (SELECT a.campaign_id, SUM(CAST(a.amount AS DOUBLE)) AS cost FROM costs__ AS a GROUP BY a.campaign_id) AS c
        JOIN (
          SELECT x.campaign_id, COUNT(*) AS everyone, SUM(CASE WHEN m.segment = :segment THEN 1 ELSE 0 END) AS inside
          FROM contacts__ AS x JOIN identities__ AS i ON i.id_type = 'person_id' AND i.id_value = x.person_id
          LEFT JOIN (SELECT g.profile_id, g.segment FROM memberships__ AS g WHERE g.segmentation = :segmentation) AS m
          ON m.profile_id = i.profile_id GROUP BY x.campaign_id) AS k
        ON k.campaign_id = c.campaign_id
        LEFT JOIN (
          SELECT r.campaign_id, SUM(CAST(r.value AS DOUBLE)) AS result
          FROM responses__ AS r JOIN ids__ AS j ON j.id_type = 'person_id' AND j.id_value = r.person_id
          JOIN members__ AS n ON n.profile_id = j.profile_id
          WHERE n.segmentation = :segmentation AND n.segment = :segment GROUP BY r.campaign_id) AS v
        ON v.campaign_id = c.campaign_id
        WHERE k.inside > 0 ORDER BY c.campaign_id NULLS LAST""",
        costs=tables["campaign_costs"],
        contacts=tables["campaign_contacts"],
        responses=tables["responses"],
        identities=tables["identities"],
        ids=tables["identities"],
        memberships=tables["memberships"],
        members=tables["memberships"],
        segment=segment,
        segmentation=segmentation_id,
    )
    kinds = {"campaign_id": ColumnType.TEXT, "spend": ColumnType.MONEY, "result": ColumnType.MONEY}
    return cast_to_contract(rows, contract_of("past_spend", kinds))
