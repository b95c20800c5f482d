"""What is served: the deployments, their forms, and what they allow; without a server."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.client.schemas.schedules import CronSchedule

from flows import DEFAULT_MIN_CONFIDENCE, serving
from flows.again import again
from flows.news import news
from flows.serving import Plan

ROOT = Path(__file__).parents[1]
PLAN = Plan(Path("data/inbox"), Path("data/out"), (Path("data/sample"),), "0 6 * * *", "UTC")
FORMS = {"news": news, "again": again}


def _described() -> dict[str, dict[str, Any]]:
    described = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    return {each["name"]: each for each in described["deployments"]}


def test_serving_and_prefect_yaml_describe_the_same_deployments() -> None:
    made = {each.name: each for each in serving.deployments(PLAN)}
    described = _described()
    assert made.keys() == described.keys()
    for name, each in made.items():
        other = described[name]
        path, flow = other["entrypoint"].split(":")
        assert each.entrypoint == f"{path.removesuffix('.py').replace('/', '.')}.{flow}"
        assert each.parameters == other["parameters"]
        assert each.description == other["description"]
        assert each.concurrency_limit == other["concurrency_limit"]["limit"] == 1
        assert each.concurrency_options is not None
        assert each.concurrency_options.collision_strategy.value == other["concurrency_limit"]["collision_strategy"]
        assert other["work_pool"]["job_variables"]["env"] == PLAN.environment
        schedules = [schedule.schedule for schedule in each.schedules or []]
        assert schedules == [CronSchedule(**schedule) for schedule in other.get("schedules", [])]


def test_serving_prefect_yaml_names_no_place_of_a_machine() -> None:
    text = (ROOT / "prefect.yaml").read_text(encoding="utf-8")
    assert not re.search(r"(?:^|[\s\"':\[])[/~]", text)


@pytest.mark.parametrize("flow", FORMS)
def test_serving_form_describes_every_setting_and_bounds_what_has_bounds(flow: str) -> None:
    settings: dict[str, Any] = FORMS[flow].parameters.properties
    for name, setting in settings.items():
        assert setting["description"], name
        assert name in {"inputs", "out"} or "default" in setting, name
    confidence = settings["min_confidence"]
    bounded = confidence if flow == "news" else confidence["anyOf"][0]
    assert (bounded["minimum"], bounded["maximum"]) == (0, 1)
    scope = settings["scope"] if flow == "news" else settings["scope"]["anyOf"][0]
    assert scope["enum"] == ["relevant", "all"]


def test_serving_form_of_news_is_for_people() -> None:
    settings: dict[str, Any] = news.parameters.properties
    assert list(settings) == [
        *("inputs", "out", "published", "limit", "model", "scope", "min_confidence", "reference", "columns", "fetch"),
        "lexicon",
    ]
    assert news.parameters.required == ["inputs", "out"]
    assert settings["inputs"]["minItems"] == 1
    assert settings["limit"]["anyOf"][0]["minimum"] == 1
    assert settings["min_confidence"]["default"] == DEFAULT_MIN_CONFIDENCE
    assert re.fullmatch(settings["published"]["pattern"], "2019-07-18")
    assert not re.fullmatch(settings["published"]["pattern"], "2019-13-01")


@pytest.mark.parametrize("wrong", [{"cron": "at night"}, {"timezone": "Atlantis/Poseidonis"}])
def test_serving_refuses_a_schedule_that_is_none(wrong: dict[str, str]) -> None:
    plan = Plan(PLAN.inbox, PLAN.out, (), **{"cron": "0 6 * * *", "timezone": "UTC", **wrong})
    with pytest.raises(serving.BadPlan, match=next(iter(wrong.values()))):
        serving.deployments(plan)
