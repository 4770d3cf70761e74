"""Contracts of research: surveys, free text, the market and competitors."""

from __future__ import annotations

from qunxiang.i18n import Label
from qunxiang.tables.contract import Column, Contract
from qunxiang.tables.loaded.columns import (
    ACCOUNT,
    CHANNEL,
    COUNTRY,
    PERSON,
    PRODUCT,
    PROVINCE,
    B,
    D,
    I,
    N,
    S,
    T,
    required,
    words,
)

_SURVEY = Column(
    "survey",
    T,
    Label("问卷", "Survey"),
    synonyms=words(
        "survey_id, survey_name, questionnaire, questionnaire_id, wave, 问卷编号, 问卷ID, 问卷名称, 调查, 调研,"
        " 项目编号, study"
    ),
)
_QUESTION = Column(
    "question",
    T,
    Label("题号", "Question"),
    required=True,
    synonyms=words(
        "question_id, question_no, question_code, item, item_code, variable, 题目编号, 题目ID, 问题编号,"
        " 题目序号, 变量名"
    ),
)
_SAID_WORDS = words(
    "date, created_at, posted_at, review_date, 日期, 时间, 评论时间, 评价时间, 提交时间, 访谈日期, 记录时间,"
    " 创建时间, 反馈时间, created_date, review_time, submitted_at, comment_time, 访谈时间, 工单创建时间,"
    " 发布时间, 来电时间, timestamp"
)

SURVEY_QUESTIONS = Contract(
    name="survey_questions",
    label=Label("问卷题目", "Survey questions"),
    grain=Label("每行一份问卷的一道题", "one row per question of a survey"),
    key=("survey", "question"),
    columns=(
        required(_SURVEY),
        _QUESTION,
        Column(
            "text",
            T,
            Label("题目", "Text"),
            required=True,
            synonyms=words(
                "question_text, wording, title, 题干, 问题, 题目内容, 题目文字, 问题描述, 题目标题, question_title"
            ),
        ),
        Column(
            "scale",
            T,
            Label("题型", "Scale"),
            synonyms=words("scale_type, question_type, type, 题目类型, 量表, 量表类型, 问题类型"),
        ),
        Column(
            "choices",
            T,
            Label("选项", "Choices"),
            synonyms=words("options, answer_options, response_options, 备选项, 选项内容, 选项列表, 答案选项"),
        ),
        Column("minimum", N, Label("最小分", "Least score"), synonyms=words("min, scale_min, 最低分, 量表下限")),
        Column(
            "maximum", N, Label("最大分", "Greatest score"), synonyms=words("max, scale_max, 最高分, 量表上限, 满分")
        ),
        Column(
            "reversed",
            B,
            Label("是否反向题", "Reversed"),
            synonyms=words("reverse, reverse_coded, is_reversed, 反向, 反向计分"),
        ),
        Column(
            "dimension", T, Label("维度", "Dimension"), synonyms=words("construct, factor, topic, 所属维度, 主题, 构面")
        ),
        Column("position", I, Label("顺序", "Position"), synonyms=words("order, question_order, 序号, 排序, 题目顺序")),
    ),
)

SURVEY_ANSWERS = Contract(
    name="survey_answers",
    label=Label("问卷回答", "Survey answers"),
    grain=Label("每行一位受访者对一道题的一个回答", "one row per respondent, question and answer"),
    key=("answer_id",),
    derived_key=True,
    repeats=False,
    one_of=(("respondent", "person_id", "account_id"), ("answer", "score")),
    columns=(
        Column("answer_id", T, Label("回答编号", "Answer id"), synonyms=words("回答ID, response_item_id")),
        _SURVEY,
        _QUESTION,
        Column(
            "respondent",
            T,
            Label("受访者", "Respondent"),
            synonyms=words(
                "respondent_id, response_id, participant_id, 答卷编号, 答卷ID, 答卷序号, 受访者编号, 受访者ID,"
                " 样本编号, participant, panelist_id, 序号"
            ),
        ),
        PERSON,
        ACCOUNT,
        Column(
            "answer",
            T,
            Label("回答", "Answer"),
            synonyms=words("response, answer_text, value, 答案, 选择, 回答内容, 选项, 作答, answer_label, 作答内容"),
        ),
        Column(
            "score",
            N,
            Label("分值", "Score"),
            synonyms=words("answer_number, answer_value, rating, numeric_value, 得分, 评分, 打分, 分数, 答案数值"),
        ),
        Column(
            "weight",
            N,
            Label("权重", "Weight"),
            minimum=0,
            synonyms=words("sample_weight, survey_weight, 样本权重, 加权系数, wt"),
        ),
        Column(
            "answered_at",
            S,
            Label("回答时间", "Answered at"),
            synonyms=words(
                "submitted_at, response_date, completed_at, 提交时间, 答题时间, 作答时间, 填写时间,"
                " 提交答卷时间, end_date"
            ),
        ),
    ),
)

VERBATIMS = Contract(
    name="verbatims",
    label=Label("原话", "Verbatims"),
    grain=Label("每行一段原话（访谈、座谈、开放题、评论、工单、记录）", "one row per text that somebody said or wrote"),
    key=("verbatim_id",),
    derived_key=True,
    columns=(
        Column(
            "verbatim_id",
            T,
            Label("原话编号", "Verbatim id"),
            synonyms=words(
                "review_id, ticket_id, ticket_no, comment_id, note_id, 评论ID, 工单号, 工单编号, 评价ID,"
                " 记录编号, 评论编号, case_number, 反馈编号"
            ),
        ),
        Column(
            "kind",
            T,
            Label("种类", "Kind"),
            synonyms=words("type, text_type, source_type, 类型, 文本类型, 来源类型, 记录类型, 反馈类型, 工单类型"),
        ),
        Column(
            "text",
            T,
            Label("内容", "Text"),
            required=True,
            personal=True,
            synonyms=words(
                "content, body, comment, comments, review, review_text, message, description, note, notes,"
                " transcript, quote, 评论内容, 评价内容, 评论, 评价, 工单内容, 问题描述, 访谈内容, 正文,"
                " 反馈内容, 原文, 沟通内容, 跟进内容, 跟进记录, 留言, 文本, review_body, ticket_description,"
                " 回访内容, 备注内容, 原话, 描述"
            ),
        ),
        Column(
            "title",
            T,
            Label("标题", "Title"),
            personal=True,
            synonyms=words("subject, headline, review_title, 主题, 工单标题, 评论标题"),
        ),
        Column(
            "author",
            T,
            Label("作者", "Author"),
            personal=True,
            synonyms=words(
                "speaker, reviewer, reviewer_name, user_name, interviewee, 评论人, 评价人, 受访人, 发言人,"
                " 用户昵称, 买家昵称, 昵称, 提交人, written_by, 反馈人, requester"
            ),
        ),
        PERSON,
        ACCOUNT,
        PRODUCT,
        Column("language", T, Label("语言", "Language"), synonyms=words("lang, locale, 语种, language_code")),
        Column(
            "said_at",
            S,
            Label("时间", "Said at"),
            synonyms=_SAID_WORDS,
            weak=words("回访日期, 回访时间, 来电日期, 反馈日期, 评价日期, 评论日期, callback_date"),
        ),
        Column(
            "rating",
            N,
            Label("评分", "Rating"),
            synonyms=words("score, stars, star, star_rating, 星级, 打分, 评价等级, 评价星级, 满意度评分"),
        ),
        CHANNEL,
        Column("question", T, Label("所答题目", "Question"), synonyms=words("question_id, prompt, 题目, 问题, 提问")),
        Column("competitor", T, Label("竞争对手", "Competitor"), synonyms=words("competitor_name, 竞品, 竞品名称")),
    ),
)

MARKET_REPORTS = Contract(
    name="market_reports",
    label=Label("市场报告", "Market reports"),
    grain=Label(
        "每行一个细分市场在一个时期的规模或增速", "one row per market segment and period as a source states it"
    ),
    key=("report_id",),
    derived_key=True,
    repeats=False,
    one_of=(("size", "growth"),),
    columns=(
        Column("report_id", T, Label("记录编号", "Report row id"), synonyms=words("记录ID, report_row_id")),
        Column(
            "market",
            T,
            Label("细分市场", "Market segment"),
            required=True,
            synonyms=words(
                "segment, market_segment, market_name, 市场, 市场名称, 细分, 赛道, 品类市场, submarket, 市场细分"
            ),
        ),
        Column("industry", T, Label("行业", "Industry"), synonyms=words("sector, 所属行业, 行业分类, 行业名称")),
        Column("category", T, Label("品类", "Category"), synonyms=words("product_category, product, 产品类别, 产品")),
        COUNTRY,
        Column("region", T, Label("区域", "Region"), synonyms=words("area, 地区, 大区, 区域市场, geography")),
        PROVINCE,
        Column(
            "customer_type",
            T,
            Label("客户类型", "Customer type"),
            synonyms=words("customer_segment, 客群, 客户群, 人群"),
        ),
        Column("period", T, Label("时期", "Period"), synonyms=words("year, quarter, 年份, 年度, 期间, 季度, 统计期")),
        Column(
            "size",
            N,
            Label("市场规模", "Size"),
            minimum=0,
            synonyms=words("market_size, value, volume, 规模, 市场容量, 市场总额, tam, 市场规模值"),
        ),
        Column("unit", T, Label("规模单位", "Unit"), synonyms=words("currency, size_unit, 单位, 计量单位, uom")),
        Column(
            "growth",
            N,
            Label("增速", "Growth"),
            synonyms=words("growth_rate, cagr, yoy, yoy_growth, 增长率, 同比增长, 复合增长率, 年增长率, 同比, 增幅"),
        ),
        Column(
            "source",
            T,
            Label("来源", "Source"),
            required=True,
            synonyms=words("publisher, report, report_name, 数据来源, 资料来源, 报告名称, 发布机构, 出处, 报告来源"),
        ),
        Column(
            "published_on",
            D,
            Label("发布日期", "Published on"),
            synonyms=words("date, publication_date, published, 发布时间, 报告日期, 日期, report_date"),
        ),
        Column("url", T, Label("链接", "Link"), synonyms=words("link, source_url, 网址, 原文链接, 报告链接")),
    ),
)

COMPETITOR_FACTS = Contract(
    name="competitor_facts",
    label=Label("竞品事实", "Competitor facts"),
    grain=Label("每行一条关于竞争对手的事实及其来源", "one row per fact about a competitor, with its source"),
    key=("fact_id",),
    derived_key=True,
    repeats=False,
    columns=(
        Column("fact_id", T, Label("事实编号", "Fact id"), synonyms=words("事实ID, 记录编号")),
        Column(
            "competitor",
            T,
            Label("竞争对手", "Competitor"),
            required=True,
            synonyms=words("competitor_name, rival, 竞品, 竞品名称, 竞争品牌, 对手, 对手名称, 竞争厂商, 友商"),
        ),
        Column(
            "subject",
            T,
            Label("主题", "Subject"),
            synonyms=words("topic, aspect, dimension, 维度, 方面, 类别, 分析维度, 信息类型"),
        ),
        Column(
            "fact",
            T,
            Label("事实", "Fact"),
            required=True,
            synonyms=words("description, finding, statement, 内容, 描述, 具体情况, 情报内容, 说明, 信息内容"),
        ),
        Column("value", N, Label("数值", "Value"), synonyms=words("amount, number, 数据, 数值大小")),
        Column("unit", T, Label("单位", "Unit"), synonyms=words("uom, 计量单位")),
        Column(
            "market",
            T,
            Label("细分市场", "Market segment"),
            synonyms=words("segment, market_segment, 市场, 细分, 目标市场"),
        ),
        Column(
            "source",
            T,
            Label("来源", "Source"),
            required=True,
            synonyms=words("reference, publisher, 信息来源, 数据来源, 资料来源, 出处, 情报来源"),
        ),
        Column(
            "stated_on",
            D,
            Label("日期", "Date"),
            synonyms=words("date, fact_date, observed_on, 记录日期, 收集日期, 信息日期, 采集时间, 获取日期"),
        ),
        Column(
            "expires_on",
            D,
            Label("有效期至", "Valid until"),
            synonyms=words("expiry, expires, valid_until, expiry_date, 失效日期, 到期日, 有效期, 过期日期"),
        ),
        Column("url", T, Label("链接", "Link"), synonyms=words("link, source_url, 网址, 原文链接")),
    ),
)
