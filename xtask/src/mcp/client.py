"""A client of the Model Context Protocol, of the registry, works through a run with the tools of `checklist mcp`."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile

from mcp import ClientSession, Client, StdioServerParameters, stdio_client

LIST = """\
checklist: 1
id: ship
title: Ship it
steps:
  - id: notes
    title: Write the notes
    commands: [{ kind: agent, prompt: Write NOTES.md. }]
    validation: [{ kind: file_contains, path: NOTES.md, text: done }]
  - { id: build, title: Build it, type: auto, commands: [{ id: make, kind: bash, run: "echo built > built" }] }
  - { id: approve, title: Approve it, type: confirm, confirm: { by: human } }
"""


def expect(holds, what):
    if not holds:
        sys.exit(f"not so: {what}")


async def work(call, project):
    """The loop of an agent; the client itself judges each answer by the output schema of its tool."""
    at = await call("checklist_next", {})
    expect(at["step"]["prompt"] == "Write NOTES.md.", at)
    failed = await call("checklist_done", {"step": "notes", "if_rev": at["rev"]}, is_error=True)
    expect(failed["code"] == "validation_failed" and failed["exit"] == 11, failed)
    with open(os.path.join(project, "NOTES.md"), "w") as notes:
        notes.write("done\n")
    done = await call("checklist_done", {"step": "notes", "if_rev": at["rev"]})
    expect(done["evidence"] == "verified" and done["current"] == "build", done)
    taken = await call("checklist_claim", {"step": "build", "for": "5m"})
    expect(taken["claim"]["by"].startswith("agent:"), taken)
    ran = await call("checklist_run_step", {"step": "build"})
    expect(ran["settled"][0]["status"] == "done" and os.path.exists(os.path.join(project, "built")), ran)
    refused = await call("checklist_done", {"step": "approve"}, is_error=True)
    expect(refused["code"] == "needs_human" and refused["exit"] == 10, refused)
    skipped = await call("checklist_skip", {"step": "approve", "reason": "nobody is there"})
    expect(skipped["status"] == "skipped", skipped)
    shown = await call("checklist_show", {"step": "notes"})
    expect(shown["step"]["status"] == "done", shown)
    status = await call("checklist_status", {})
    expect(status["state"] == "completed", status)


def caller(client):
    async def call(tool, arguments, is_error=False):
        result = (await client.call_tool(tool, arguments)).model_dump(by_alias=True)
        expect(bool(result["isError"]) == is_error, f"{tool}: {result}")
        expect(json.loads(result["content"][0]["text"]) == result["structuredContent"], f"{tool}: two answers")
        return result["structuredContent"]

    return call


async def told(client):
    tools = (await client.list_tools()).model_dump(by_alias=True)["tools"]
    expect(len(tools) == 7, tools)
    for tool in tools:
        hints = tool["annotations"]
        for hint in ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"):
            expect(hints[hint] is not None, f"{tool['name']} does not say {hint}")


async def by_handshake(server, project):
    async with stdio_client(server) as streams:
        async with ClientSession(streams[0], streams[1]) as client:
            hello = await client.initialize()
            await told(client)
            await work(caller(client), project)
            return hello.protocol_version


async def by_newest(server, project):
    async with Client(server) as client:
        await told(client)
        await work(caller(client), project)
        return "the newest that both know"


def main(program):
    for talk in (by_handshake, by_newest):
        with tempfile.TemporaryDirectory() as home:
            project = os.path.join(home, "code")
            os.mkdir(project)
            with open(os.path.join(project, "list.yaml"), "w") as file:
                file.write(LIST)
            environment = {"HOME": home, "XDG_STATE_HOME": os.path.join(home, "state"), "PATH": os.environ["PATH"]}

            def checklist(*words):
                command = [program, *words, "--json"]
                return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)

            hash = json.loads(checklist("trust", "list.yaml").stdout)["detail"]["sha256"]
            checklist("trust", "list.yaml", "--sha256", hash)
            checklist("run", "list.yaml")
            server = StdioServerParameters(command=program, args=["-C", project, "mcp"], env=environment)
            version = asyncio.run(talk(server, project))
            print(f"worked through by {talk.__name__}: {version}")


main(sys.argv[1])
