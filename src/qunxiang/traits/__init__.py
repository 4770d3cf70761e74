"""Segmentation variables (细分变量): what is listed, how it is computed, what a snapshot of it holds."""

from qunxiang.sql.metrics import Metric
from qunxiang.traits.basis import N_CATEGORIES, TraitBasis, ordered_levels, slugs
from qunxiang.traits.build import standard_traits, trait_query, traits_contract
from qunxiang.traits.describe import coverage_query, histogram_query, levels_query
from qunxiang.traits.levels import level_label
from qunxiang.traits.own import OwnTrait, Recipe, define_trait, own_columns
from qunxiang.traits.prepare import categories_query, filled_columns, filled_query, stated_levels_query

__all__ = [
    "N_CATEGORIES",
    "Metric",
    "OwnTrait",
    "Recipe",
    "TraitBasis",
    "categories_query",
    "coverage_query",
    "define_trait",
    "filled_columns",
    "filled_query",
    "histogram_query",
    "level_label",
    "levels_query",
    "ordered_levels",
    "own_columns",
    "slugs",
    "standard_traits",
    "stated_levels_query",
    "trait_query",
    "traits_contract",
]
