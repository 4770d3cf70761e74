"""Contracts of the tables that people load, by subject."""

from qunxiang.tables.contract import Contract
from qunxiang.tables.loaded.marketing import CAMPAIGN_CONTACTS, CAMPAIGN_COSTS, EVENTS, RESPONSES, TAGS
from qunxiang.tables.loaded.people import ACCOUNTS, CONTACTS, PERSONS
from qunxiang.tables.loaded.research import (
    COMPETITOR_FACTS,
    MARKET_REPORTS,
    SURVEY_ANSWERS,
    SURVEY_QUESTIONS,
    VERBATIMS,
)
from qunxiang.tables.loaded.sales import OPPORTUNITIES, ORDER_LINES, ORDERS, PRODUCTS

LOADED: dict[str, Contract] = {
    c.name: c
    for c in (
        PERSONS,
        ACCOUNTS,
        CONTACTS,
        ORDERS,
        ORDER_LINES,
        PRODUCTS,
        OPPORTUNITIES,
        EVENTS,
        CAMPAIGN_CONTACTS,
        RESPONSES,
        CAMPAIGN_COSTS,
        SURVEY_QUESTIONS,
        SURVEY_ANSWERS,
        VERBATIMS,
        TAGS,
        MARKET_REPORTS,
        COMPETITOR_FACTS,
    )
}
"""Loaded tables by name."""
