"""The public document merges the services' documents, without internal parts."""

from typing import Any

from caseplane.gateway.openapi import merge
from caseplane.gateway.routes import Routes
from caseplane.services import SERVICES

ROUTES = Routes(SERVICES)
PROBLEM = {"type": "object", "title": "Problem"}


def document(paths: dict[str, Any], **schemas: Any) -> dict[str, Any]:
    return {"paths": paths, "components": {"schemas": {"Problem": PROBLEM, **schemas}}}


def answers(schema: str) -> dict[str, Any]:
    ref = {"$ref": f"#/components/schemas/{schema}"}
    return {"responses": {"200": {"description": "ok", "content": {"application/json": {"schema": ref}}}}}


def schema_of(merged: dict[str, Any], path: str) -> str:
    content = merged["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    return str(content["schema"]["$ref"]).rpartition("/")[2]


class TestMerge:
    def test_given_routes_of_several_services_when_merged_then_each_owner_describes_its_own(self) -> None:
        documents = {
            "platform": document({"/api/v1/tenants": {"get": answers("Row")}}, Row={"title": "tenant"}),
            "escalation": document({"/api/v1/tickets": {"get": answers("Row")}}, Row={"title": "ticket"}),
            "retrieval": document({"/api/v1/tickets": {"get": answers("Row")}}, Row={"title": "foreign"}),
        }

        merged = merge(documents, ROUTES, version="1")

        assert list(merged["paths"]) == ["/api/v1/tenants", "/api/v1/tickets"]
        schemas = merged["components"]["schemas"]
        assert schemas[schema_of(merged, "/api/v1/tenants")] == {"title": "tenant"}
        assert schemas[schema_of(merged, "/api/v1/tickets")] == {"title": "ticket"}
        assert {"title": "foreign"} not in schemas.values()

    def test_given_internal_routes_and_health_of_services_when_merged_then_they_are_left_out(self) -> None:
        documents = {
            "gateway": document({"/health": {"get": answers("Problem")}}),
            "retrieval": document(
                {
                    "/health": {"get": answers("Problem")},
                    "/api/v1/internal/cases": {"get": answers("Secret")},
                    "/api/v1/search": {"post": answers("Problem")},
                },
                Secret={"title": "inner"},
            ),
        }

        merged = merge(documents, ROUTES, version="1")

        assert list(merged["paths"]) == ["/api/v1/search", "/health"]
        assert list(merged["components"]["schemas"]) == ["Problem"]
        assert merged["paths"]["/health"]["get"]["security"] == []

    def test_given_schemas_that_refer_to_one_another_when_merged_then_all_that_is_reached_is_there(
        self,
    ) -> None:
        inner = {"properties": {"x": {"$ref": "#/components/schemas/Inner"}}}
        documents = {
            "gateway": document({}),
            "retrieval": document(
                {"/api/v1/search": {"get": answers("Outer")}}, Outer=inner, Inner={}, Unused={}
            ),
        }

        assert list(merge(documents, ROUTES, version="1")["components"]["schemas"]) == [
            "Inner",
            "Outer",
            "Problem",
        ]

    def test_given_a_tagged_union_of_a_renamed_schema_when_merged_then_its_mapping_follows(self) -> None:
        union = {
            "oneOf": [{"$ref": "#/components/schemas/Row"}],
            "discriminator": {"propertyName": "kind", "mapping": {"row": "#/components/schemas/Row"}},
        }
        documents = {
            "platform": document({"/api/v1/tenants": {"get": answers("Row")}}, Row={"title": "tenant"}),
            "escalation": document(
                {"/api/v1/tickets": {"get": answers("Any")}}, Row={"title": "ticket"}, Any=union
            ),
        }

        schemas = merge(documents, ROUTES, version="1")["components"]["schemas"]

        (target,) = schemas["Any"]["discriminator"]["mapping"].values()
        assert target == schemas["Any"]["oneOf"][0]["$ref"]
        assert schemas[target.rpartition("/")[2]] == {"title": "ticket"}

    def test_given_a_union_whose_mapping_names_no_schemas_when_merged_then_it_goes_without(self) -> None:
        row = {"$ref": "#/components/schemas/Row"}
        union = {
            "oneOf": [row],
            "discriminator": {"propertyName": "kind", "mapping": {"row": {"anyOf": [row]}}},
        }
        answer = {"/api/v1/tickets": {"get": answers("Any")}}
        documents = {"escalation": document(answer, Row={"title": "ticket"}, Any=union)}

        schemas = merge(documents, ROUTES, version="1")["components"]["schemas"]

        assert schemas["Any"] == {"oneOf": [row]}

    def test_given_a_route_when_merged_then_what_the_edge_answers_is_announced(self) -> None:
        operation = answers("Problem")
        operation["responses"]["422"] = {
            "description": "Validation Error",
            "content": {"application/json": {}},
        }
        documents = {
            "gateway": document({}),
            "escalation": document({"/api/v1/tickets": {"post": operation}, "/api/v1/hooks/x": {"post": {}}}),
        }

        merged = merge(documents, ROUTES, version="1")

        responses = merged["paths"]["/api/v1/tickets"]["post"]["responses"]
        assert {"400", "401", "403", "413", "429", "503"} <= responses.keys()
        assert list(responses["422"]["content"]) == ["application/problem+json"]
        assert merged["paths"]["/api/v1/hooks/x"]["post"]["security"] == [{}, {"bearer": []}]
        assert "422" in documents["escalation"]["paths"]["/api/v1/tickets"]["post"]["responses"]
        assert "429" not in documents["escalation"]["paths"]["/api/v1/tickets"]["post"]["responses"]
