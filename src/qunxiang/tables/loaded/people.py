"""Contracts of customers: persons, companies, and who works where."""

from __future__ import annotations

from dataclasses import replace

from qunxiang.i18n import Label
from qunxiang.tables.contract import Column, Contract
from qunxiang.tables.loaded.columns import (
    ACCOUNT,
    ACCOUNT_NAME_WORDS,
    ADDRESS_WORDS,
    CITY,
    COUNTRY,
    CREATED_WORDS,
    DISTRICT,
    EMAIL,
    OPENED_WORDS,
    OWNER,
    PERSON,
    PHONE,
    POSTCODE,
    PROVINCE,
    SYSTEM,
    USERNAME,
    B,
    D,
    I,
    M,
    N,
    S,
    T,
    required,
    words,
)
from qunxiang.tables.loaded.ranges import ANNUAL_REVENUE_RANGE, EMPLOYEES_RANGE

_IDENTIFIERS = (
    Column(
        "crm_id",
        T,
        Label("CRM 编号", "CRM id"),
        personal=True,
        synonyms=words("crm编码, crm客户编号, crm_no, crm_customer_id, crmid, hubspot_id, salesforce_id, 外部系统编号"),
    ),
    Column(
        "unionid",
        T,
        Label("微信 UnionID", "WeChat union id"),
        personal=True,
        synonyms=words("union_id, wx_unionid, wechat_unionid, 微信unionid, 开放平台ID"),
    ),
    Column(
        "openid",
        T,
        Label("微信 OpenID", "WeChat open id"),
        personal=True,
        synonyms=words("open_id, wx_openid, wechat_openid, 微信openid, 粉丝openid, 公众号openid, 小程序openid"),
    ),
    Column(
        "external_userid",
        T,
        Label("企微外部联系人", "WeCom external user id"),
        personal=True,
        synonyms=words(
            "external_user_id, externaluserid, 外部联系人ID, 企微客户ID, 企业微信客户ID, 企业微信外部联系人ID"
        ),
    ),
    Column(
        "id_number",
        T,
        Label("证件号码", "Id number"),
        personal=True,
        sensitive=True,
        synonyms=words(
            "身份证, 身份证号, 身份证号码, 证件号, national_id, id_card, identity_number, id_card_no, idcard,"
            " passport_no, soc_sec_id, 护照号"
        ),
    ),
    USERNAME,
)

_TRAITS = (
    Column(
        "birth_date",
        D,
        Label("出生日期", "Birth date"),
        personal=True,
        synonyms=words(
            "birthday, date_of_birth, dob, 生日, birthdate, birth_day, 出生年月日, 会员生日, 客户生日, 出生年月, 出生日"
        ),
    ),
    Column("gender", T, Label("性别", "Gender"), synonyms=words("sex, 客户性别, 会员性别")),
    Column(
        "age_band", T, Label("年龄段", "Age band"), synonyms=words("age, age_group, 年龄, 年龄组, age_range, 年龄区间")
    ),
    Column(
        "income_band",
        T,
        Label("收入段", "Income band"),
        synonyms=words(
            "income, income_group, 收入, 收入水平, 月收入, 年收入段, yearly_income, annual_income,"
            " household_income, 家庭收入, 家庭年收入"
        ),
    ),
    Column(
        "education",
        T,
        Label("学历", "Education"),
        synonyms=words("education_level, 教育程度, 文化程度, 最高学历, degree, 受教育程度"),
    ),
    Column(
        "occupation",
        T,
        Label("职业", "Occupation"),
        synonyms=words("job, profession, 工作, employment, 从事职业, 客户职业"),
    ),
    Column(
        "marital_status",
        T,
        Label("婚姻状况", "Marital status"),
        synonyms=words("marital, 婚姻, 婚否, 婚姻状态, married"),
    ),
    Column(
        "home_ownership",
        T,
        Label("住房情况", "Home ownership"),
        synonyms=words("homeowner_desc, homeowner, 住房, home_owner, house_owner_flag, homeowner_flag, 是否有房"),
    ),
    Column(
        "household_size",
        T,
        Label("家庭人数", "Household size"),
        synonyms=words("family_size, 家庭人口, 家庭人口数, hh_size, household_size_desc"),
    ),
    Column(
        "household_type",
        T,
        Label("家庭结构", "Household type"),
        synonyms=words("household_comp, hh_comp, 家庭类型, hh_comp_desc, 家庭构成"),
    ),
    Column(
        "kids_count",
        T,
        Label("子女数", "Children"),
        synonyms=words("children, number_of_children, 孩子数, 子女人数, total_children, 子女数量, kid_category_desc"),
    ),
    Column(
        "religion",
        T,
        Label("宗教信仰", "Religion"),
        sensitive=True,
        synonyms=words("religious_belief, faith, 宗教, 信仰"),
    ),
    Column(
        "interests",
        T,
        Label("兴趣爱好", "Interests"),
        synonyms=words("hobbies, hobby, interest, 兴趣, 爱好, 感兴趣的内容, 兴趣标签"),
    ),
    Column("lifestyle", T, Label("生活方式", "Lifestyle"), synonyms=words("life_style, 生活形态, 生活习惯")),
    Column(
        "member_level",
        T,
        Label("会员等级", "Member level"),
        synonyms=words(
            "membership_level, tier, loyalty_tier, vip_level, 会员级别, 等级, VIP等级, 会员卡等级, "
            "会员类型, 客户等级, 会员卡类型, 会员卡名称, 会员卡级别, 等级名称, 会员等级名称, 当前等级, "
            "当前会员等级, VIP级别, 客户级别, vip_grade, member_grade, user_level, vip_type"
        ),
    ),
    Column(
        "points",
        N,
        Label("积分", "Points"),
        synonyms=words("loyalty_points, 会员积分, 当前积分, 可用积分, 积分余额, 剩余积分"),
    ),
    Column(
        "consent",
        B,
        Label("同意营销", "Marketing consent"),
        synonyms=words(
            "marketing_consent, accepts_marketing, accepts_email_marketing, opt_in, email_opt_in, subscribed,"
            " 营销授权, 同意接收营销, 是否同意营销, 是否订阅, 同意推送, gdpr_consent"
        ),
    ),
)

PERSONS = Contract(
    name="persons",
    label=Label("个人客户", "Persons"),
    grain=Label("每行一位客户（或一个家庭）", "one row per person or household"),
    key=("person_id",),
    derived_key=True,
    repeats=False,
    one_of=(
        (
            "person_id",
            "phone",
            "email",
            "name",
            "crm_id",
            "unionid",
            "openid",
            "external_userid",
            "id_number",
            "username",
            "phone_2",
        ),
    ),
    columns=(
        replace(PERSON, weak=words("id")),
        Column(
            "name",
            T,
            Label("姓名", "Name"),
            personal=True,
            synonyms=words(
                "full_name, customer_name, 客户姓名, 会员姓名, 客户名称, 联系人, 联系人姓名, 收件人, 收货人, "
                "收货人姓名, 收件人姓名, 顾客姓名, 真实姓名, 用户姓名, contact_name, member_name, client_name, "
                "contact, 名字, 中文姓名, lead_name, billing_name, 顾客名称, 会员名称, 客户姓名/昵称"
            ),
            weak=words("客户, 顾客"),
        ),
        Column(
            "family_name",
            T,
            Label("姓", "Family name"),
            personal=True,
            synonyms=words("last_name, surname, lastname, family, 姓氏"),
        ),
        Column(
            "given_name",
            T,
            Label("名", "Given name"),
            personal=True,
            synonyms=words("first_name, firstname, forename, given"),
        ),
        EMAIL,
        PHONE,
        Column(
            "phone_2",
            T,
            Label("其他电话", "Second phone"),
            personal=True,
            synonyms=words(
                "phone2, other_phone, home_phone, work_phone, 备用电话, 备用手机, 备用手机号, 固定电话, 固话,"
                " 座机, 其他手机, 办公电话, 第二电话, 家庭电话, alternate_phone, secondary_phone,"
                " phone_number_2"
            ),
        ),
        *_IDENTIFIERS,
        *_TRAITS,
        COUNTRY,
        PROVINCE,
        CITY,
        DISTRICT,
        Column("address", T, Label("地址", "Address"), personal=True, synonyms=ADDRESS_WORDS),
        POSTCODE,
        Column(
            "created_at",
            S,
            Label("建档时间", "Created"),
            synonyms=CREATED_WORDS,
            weak=(*words("制单日期, 首次关注时间, 关注时间"), *OPENED_WORDS),
        ),
        SYSTEM,
    ),
)

ACCOUNTS = Contract(
    name="accounts",
    label=Label("企业客户", "Accounts"),
    grain=Label("每行一家企业", "one row per company"),
    key=("account_id",),
    derived_key=True,
    repeats=False,
    one_of=(("account_id", "name", "credit_code"),),
    columns=(
        replace(
            ACCOUNT,
            synonyms=(
                *ACCOUNT.synonyms,
                *words(
                    "客户编号, 客户编码, 客户代码, 客户ID, 客户号, 客户内码, customer_id, customer_no,"
                    " customer_number, id"
                ),
            ),
        ),
        Column(
            "name",
            T,
            Label("企业名称", "Company name"),
            synonyms=(
                *words("company, company_name, account, account_name, 公司名称, 公司, 企业, 客户名称"),
                *ACCOUNT_NAME_WORDS,
            ),
        ),
        Column(
            "short_name",
            T,
            Label("企业简称", "Short name"),
            synonyms=words("简称, 公司简称, 客户简称, 助记名, brand_name, trading_name, abbreviation, 单位简称"),
        ),
        Column(
            "credit_code",
            T,
            Label("统一社会信用代码", "Unified social credit code"),
            synonyms=words(
                "社会信用代码, 信用代码, 纳税人识别号, 税号, 统一信用代码, uscc, unified_social_credit_code, "
                "tax_id, tax_number, vat_number, vat_id, 营业执照号, 企业税号, 统一社会信用代码/税号, "
                "纳税登记号, 税务登记号, 纳税人登记号, 纳税号, 纳税识别号, 购方税号, 公司税号"
            ),
        ),
        Column(
            "industry",
            T,
            Label("行业", "Industry"),
            synonyms=words(
                "sector, 所属行业, 行业分类, 行业类别, 客户行业, 行业名称, 一级行业, 行业大类, 行业类型, "
                "国标行业, 经营行业"
            ),
        ),
        Column(
            "employees",
            I,
            Label("员工数", "Employees"),
            minimum=0,
            synonyms=words(
                "employee_count, number_of_employees, number_employees,"
                " 人数, 员工人数, numberofemployees, no_of_employees,"
                " headcount, 员工规模, 企业人数, 公司人数, 从业人数, 参保人数"
            ),
        ),
        EMPLOYEES_RANGE,
        Column(
            "annual_revenue",
            M,
            Label("年营收", "Annual revenue"),
            synonyms=words(
                "revenue, turnover, 营业额, 年收入, 营收, annualrevenue, yearly_revenue, 年营业额, 营业收入, 年销售额"
            ),
        ),
        ANNUAL_REVENUE_RANGE,
        Column(
            "founded_on",
            D,
            Label("成立日期", "Founded"),
            synonyms=words(
                "founded, year_established, year_opened,"
                " established, founding_date, year_founded, 成立时间, 注册成立日期,"
                " 创立时间, 成立年份, 创立日期, 创办时间, 注册成立时间, 公司成立日期, 公司成立时间, 企业成立日期,"
                " 企业成立时间, founded_date, date_founded, established_on, established_date, date_established,"
                " year_of_establishment, founding_year, incorporation_date, date_of_incorporation, incorporated_on,"
                " incorporated, inc_date"
            ),
        ),
        Column(
            "tech_stack",
            T,
            Label("技术栈", "Technology stack"),
            synonyms=words("technologies, technology, web_technologies, 使用技术, 在用系统, 信息系统"),
        ),
        Column(
            "growth_stage",
            T,
            Label("发展阶段", "Growth stage"),
            synonyms=words("stage_of_growth, funding_stage, 融资阶段, 企业阶段, 成长阶段"),
        ),
        Column(
            "maturity",
            T,
            Label("数字化成熟度", "Digital maturity"),
            synonyms=words("digital_maturity, maturity_level, 成熟度, 信息化水平, 数字化程度"),
        ),
        Column(
            "parent",
            T,
            Label("上级企业", "Parent company"),
            synonyms=words(
                "parent_company, parent_account, subsidiary_of, parent_id, parentid, 母公司, 上级公司, "
                "所属集团, 集团, 上级客户, 上级单位, 总公司, 母公司名称"
            ),
        ),
        Column(
            "phone",
            T,
            Label("企业电话", "Company phone"),
            synonyms=words(
                "telephone, company_phone, phone_number, 公司电话, 电话, 联系电话, 固定电话, 总机, 座机, "
                "单位电话, main_phone, 移动电话, 公司手机"
            ),
            weak=words("手机, 手机号, 手机号码, 联系手机, 联系人电话, 联系人手机"),
        ),
        Column(
            "website",
            T,
            Label("网站", "Website"),
            synonyms=words(
                "web, homepage, url, domain, company_domain, company_domain_name, 网址, 官网, 公司网址, 域名, "
                "公司网站, 企业网站, 企业官网, 网站地址"
            ),
        ),
        replace(COUNTRY, synonyms=(*COUNTRY.synonyms, "office_location")),
        PROVINCE,
        CITY,
        DISTRICT,
        Column(
            "address",
            T,
            Label("地址", "Address"),
            synonyms=(*words("公司地址, 注册地址, 办公地址, 企业地址, 经营地址, 单位地址"), *ADDRESS_WORDS),
        ),
        POSTCODE,
        replace(OWNER, synonyms=(*OWNER.synonyms, *words("account_owner, company_owner, 客户所有人"))),
        Column(
            "created_at",
            S,
            Label("建档时间", "Created"),
            synonyms=CREATED_WORDS,
            weak=(*words("启用日期, 发展日期, 制单日期"), *OPENED_WORDS),
        ),
        SYSTEM,
    ),
)

CONTACTS = Contract(
    name="contacts",
    label=Label("联系人", "Contacts"),
    grain=Label("每行一位客户在一家企业的任职", "one row per person in an account"),
    key=("person_id", "account_id"),
    columns=(
        required(PERSON),
        required(ACCOUNT),
        Column(
            "job_title",
            T,
            Label("职务", "Job title"),
            synonyms=words("title, position, 职位, 岗位, jobtitle, job_role, 职称, 担任职务"),
        ),
        Column(
            "department",
            T,
            Label("部门", "Department"),
            synonyms=words("dept, 所在部门, 所属部门, department_name, 部门名称"),
        ),
        Column(
            "buying_role",
            T,
            Label("采购角色", "Role in purchase"),
            synonyms=words(
                "role, 决策角色, buying_role_name, contact_role, 角色, 角色关系, hs_buying_role, 决策人角色"
            ),
        ),
        Column(
            "main",
            B,
            Label("主要联系人", "Main contact"),
            synonyms=words("is_primary, primary, primary_contact, 是否主联系人, 首要联系人, 主联系人, 是否首要联系人"),
        ),
        Column("started_on", D, Label("任职日期", "Since"), synonyms=words("since, start_date, 入职日期, 任职开始")),
        Column("ended_on", D, Label("离任日期", "Until"), synonyms=words("until, end_date, 离职日期, 任职结束")),
    ),
)
