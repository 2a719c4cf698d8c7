"""Texts for snapshots are the same from run to run: no ids, no times, no dates."""

import stario.responses as responses
from stario import App, Context, Writer
from stario.testing import TestClient


async def users(c: Context, w: Writer) -> None:
    c.span.attr("tenant", "north")
    with c.span.step("query", {"rows": 2}) as step:
        step.event("slow", {"ms": 12})
    with c.span.step("render"):
        pass
    responses.json(w, ["ada", "bob"])


async def broken(_c: Context, _w: Writer) -> None:
    raise LookupError("no such user\n")


async def test_a_response_is_its_status_its_fields_and_its_body(
    app: App, client: TestClient
) -> None:
    app.get("/users", users)
    first, second = await client.get("/users"), await client.get("/users")
    assert str(first) == str(second)
    assert str(first) == (
        '200 OK\ncontent-type: application/json; charset=utf-8\ncontent-length: 13\n\n["ada","bob"]'
    )
    assert repr(first) == "<TestResponse 200 OK, 13 bytes>"


async def test_a_tree_has_no_ids_and_no_times(app: App, client: TestClient) -> None:
    app.get("/users", users)
    first, second = await client.get("/users"), await client.get("/users")
    tree = client.tracer.tree(first.span_id)
    assert tree == client.tracer.tree(second.span_id)
    lines = tree.splitlines()
    assert lines[0] == "GET /users"
    assert "  response.status_code: 200" in lines
    assert "  tenant: north" in lines
    assert lines[-4:] == ["  query", "    rows: 2", "    - slow  ms: 12", "  render"]


async def test_a_tree_shows_what_failed_and_what_is_open(app: App, client: TestClient) -> None:
    app.get("/broken", broken)
    response = await client.get("/broken")
    tree = client.tracer.tree(response.span_id)
    assert tree.startswith("GET /broken [failed: 'no such user\\n']\n")
    assert "  - exception  exc.type: LookupError  exc.message: 'no such user\\n'" in tree
    with client.tracer.create("job") as job:
        job.link("request", response.span_id)
        assert client.tracer.tree(job.id) == "job [open]\n  -> request GET /broken"
    assert client.tracer.tree(job.id).startswith("job\n")


async def test_an_unknown_span_has_no_tree(client: TestClient) -> None:
    span = client.tracer.create("never started")
    other = TestClient(App()).tracer
    assert other.tree(span.id) == ""
