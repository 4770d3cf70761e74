"""Segmentation variables (细分变量): what is listed, how it is computed, what a snapshot of it holds."""

from qunxiang.model import Metric
from qunxiang.traits.basis import N_CATEGORIES, TraitBasis, ordered_levels, slugs
from qunxiang.traits.build import TraitPlan, standard_traits, trait_plan, traits_contract
from qunxiang.traits.describe import coverage_query, histogram_query, levels_query
from qunxiang.traits.firms import INDUSTRIES, stated_industries
from qunxiang.traits.levels import level_label
from qunxiang.traits.own import OwnTrait, define_variable, in_order, own_columns
from qunxiang.traits.people import PLACE_COLUMNS, PLACES, STATED_PLACE, stated_places
from qunxiang.traits.prepare import categories_query, channels_query, filled_columns, filled_query, stated_levels_query
from qunxiang.traits.readable import Readable, readable, readable_tables
from qunxiang.traits.worth import CUSTOMER_VALUE, VALUE_COLUMNS

__all__ = [
    "CUSTOMER_VALUE",
    "INDUSTRIES",
    "N_CATEGORIES",
    "PLACES",
    "PLACE_COLUMNS",
    "STATED_PLACE",
    "VALUE_COLUMNS",
    "Metric",
    "OwnTrait",
    "Readable",
    "TraitBasis",
    "TraitPlan",
    "categories_query",
    "channels_query",
    "coverage_query",
    "define_variable",
    "filled_columns",
    "filled_query",
    "histogram_query",
    "in_order",
    "level_label",
    "levels_query",
    "ordered_levels",
    "own_columns",
    "readable",
    "readable_tables",
    "slugs",
    "standard_traits",
    "stated_industries",
    "stated_levels_query",
    "stated_places",
    "trait_plan",
    "traits_contract",
]
