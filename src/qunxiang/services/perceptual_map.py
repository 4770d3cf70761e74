"""The perceptual map of a survey that asks which attributes fit which brand."""

from __future__ import annotations

import numpy as np

from qunxiang.errors import SettingError
from qunxiang.i18n import Label
from qunxiang.model import Actor, Frozen
from qunxiang.model.brand_study import BrandStudy
from qunxiang.positioning.map_points import LEAST, NoMap, PerceptualMap
from qunxiang.positioning.perceptual_map import N_DRAWS, Associations, map_of_answers
from qunxiang.services.access import EVERYONE, use_case
from qunxiang.services.brand_answers import BrandReader, BrandSample, brand_sample
from qunxiang.services.brand_study import study_or_survey
from qunxiang.services.house import House
from qunxiang.services.surveys import survey_of

MOST_DRAWS = 5000


class BrandMap(Frozen):
    """A map with the study that it was made from; `version` is 0 where that was only told from the survey."""

    study: BrandStudy
    version: int
    segment_labels: dict[str, Label]
    map: PerceptualMap


@use_case("competitor.map", roles=EVERYONE)
def perceptual_map_of(
    house: House,
    actor: Actor,
    name: str,
    *,
    own: str | None = None,
    by: str | None = None,
    least: int = LEAST,
    n_draws: int = N_DRAWS,
    seed: int = 0,
) -> BrandMap:
    """Map brands and attributes by correspondence analysis, with the quality of the map.

    Parameters
    ----------
    name
        A study, or a survey whose questions tell brands and attributes (``Alpha: reliable``).
    own
        The own brand, where there is no study.
    by
        Question whose answers are the segments; None takes the study's.
    least
        People who must have given a brand an answer for it to be placed.
    n_draws
        Draws of people for regions and distances from ideal points, up to 5,000.

    Raises
    ------
    UnknownNameError
        When there is no such study, survey or question.
    SettingError
        When attributes are partly ticked and partly rated, answers have no order, or fewer than three brands or three
        attributes can be placed.
    """
    if least < 1 or not 0 <= n_draws <= MOST_DRAWS:
        raise SettingError("error.study.floor", most=MOST_DRAWS)
    study, version = study_or_survey(house, name, own)
    people = people_of(house, study, by)
    try:
        made = map_of_answers(associations_of(house, study, people), least=least, n_draws=n_draws, seed=seed)
    except NoMap as error:
        raise SettingError(
            "error.study.no_map",
            brands=list(error.brands),
            attributes=list(error.attributes)[:20],
            unplaced=[f"{u.name} (n={u.n})" for u in error.unplaced][:20],
            needed=least,
        ) from error
    return BrandMap(study=study, version=version, segment_labels=people.labels, map=made)


def people_of(house: House, study: BrandStudy, by: str | None = None) -> BrandSample:
    """Return the people of a study's survey.

    Raises
    ------
    SettingError
        When the study has no survey.
    """
    if study.survey is None:
        raise SettingError("error.study.no_survey", study=study.id)
    return brand_sample(house, study, study.survey, by=by)


def associations_of(house: House, study: BrandStudy, people: BrandSample) -> Associations:
    """Return what people say of brands and of the ideal one.

    Raises
    ------
    SettingError
        When there are no such questions, or some are ticked and some rated.
    """
    reader = BrandReader(study, people, survey_of(house, people.survey.id)[0])
    asked = study.asked("association")
    if not asked:
        raise SettingError("error.study.no_associations", study=study.id)
    brands, attributes = study.brands, study.attributes
    answers = np.full((len(people.rows), len(brands), len(attributes)), np.nan)
    forms = {}
    for question in asked:
        place = brands.index(question.brand), attributes.index(question.attribute)
        answers[:, place[0], place[1]], forms[question.question] = reader.read(question)
    if len(set(forms.values())) > 1:
        rated = [id for id, form in forms.items() if form == "ratings"]
        raise SettingError("error.study.mixed", rated=rated[:10])
    ideal = None
    if study.asked("ideal"):
        ideal = np.full((len(people.rows), len(attributes)), np.nan)
        for question in study.asked("ideal"):
            if question.attribute in attributes:
                ideal[:, attributes.index(question.attribute)] = reader.read(question)[0]
    return Associations(
        answers,
        brands,
        attributes,
        people.sample,
        rated=set(forms.values()) == {"ratings"},
        ideal=ideal,
        segments=people.segments,
        segment_names=tuple(people.labels),
    )
