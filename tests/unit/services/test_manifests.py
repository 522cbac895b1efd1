"""The manifests match the code."""

from collections import Counter

import pytest

from caseplane.core.parts import parts_of
from caseplane.core.service import Lane, Manifest
from caseplane.local.platform import JOBS_AT_ONCE
from caseplane.services import SERVICES

EACH = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)


class TestManifests:
    @EACH
    def test_given_a_service_when_its_jobs_are_read_then_their_queues_are_declared(
        self, service: Manifest
    ) -> None:
        tables = parts_of(service).handlers

        queues = {each.queue for table in tables for each in (*table.jobs, *table.periodic)}

        assert queues <= service.queues.keys()

    def test_given_a_queue_of_two_services_when_declared_then_both_use_the_same_lane(self) -> None:
        lanes = {(queue, lane) for service in SERVICES for queue, lane in service.queues.items()}

        assert max(Counter(queue for queue, _ in lanes).values()) == 1
        assert {queue for lane in Lane for queue in SERVICES.queues(lane)} == {queue for queue, _ in lanes}

    def test_given_a_lane_when_all_runs_in_one_process_then_it_has_workers_of_its_own(self) -> None:
        assert set(JOBS_AT_ONCE) == set(Lane)

    def test_given_every_job_when_handled_then_exactly_one_service_runs_it(self) -> None:
        handled = Counter(
            each.name
            for service in SERVICES
            for table in parts_of(service).handlers
            for each in (*table.jobs, *table.periodic)
        )

        assert set(handled.values()) == {1}

    def test_given_areas_of_the_api_when_declared_then_each_has_one_owner(self) -> None:
        areas = Counter(area for service in SERVICES for area in service.areas)

        assert set(areas.values()) == {1}

    @EACH
    def test_given_a_service_when_it_calls_another_then_that_one_is_declared(self, service: Manifest) -> None:
        assert set(service.calls) <= set(SERVICES.names) - {service.name}

    def test_given_every_job_when_declared_then_it_says_why_a_second_run_does_no_harm(self) -> None:
        silent = [
            each.name
            for service in SERVICES
            for table in parts_of(service).handlers
            for each in (*table.jobs, *table.periodic)
            if not each.repeat
        ]

        assert silent == []

    def test_given_a_service_with_background_work_when_a_worker_names_queues_then_it_follows_the_leading_one(
        self,
    ) -> None:
        retrieval = SERVICES.named("retrieval")

        followed = [retrieval.worked_on_by(each) for each in (None, [], ["changes", "turns"], ["ingestion"])]

        assert followed == [True, True, True, False]
