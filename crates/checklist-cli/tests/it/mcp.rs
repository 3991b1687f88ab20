//! `mcp`: the protocol line by line, what the tools do, and what is left when client or server die.

use crate::support::Project;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

/// A client that writes lines and reads lines.
struct Client {
    server: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    id: u64,
}

impl Client {
    fn start(project: &Project) -> Client {
        let mut server = project.command(&["mcp"]).stdin(Stdio::piped()).spawn().unwrap();
        let (to, from) = (server.stdin.take(), BufReader::new(server.stdout.take().unwrap()));
        let mut client = Client { server, to, from, id: 0 };
        let asked = json!({"protocolVersion": "2025-06-18", "capabilities": {},
            "clientInfo": {"name": "tester", "version": "1"}});
        let hello = client.ask("initialize", asked);
        assert_eq!(hello["result"]["serverInfo"]["name"], "checklist", "{hello}");
        assert!(hello["result"]["instructions"].as_str().is_some_and(|text| text.contains("checklist_next")));
        client.write(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        client
    }

    fn write(&mut self, message: &Value) {
        writeln!(self.to.as_mut().unwrap(), "{message}").unwrap();
    }

    fn send(&mut self, method: &str, parameters: Value) -> u64 {
        self.id += 1;
        self.write(&json!({"jsonrpc": "2.0", "id": self.id, "method": method, "params": parameters}));
        self.id
    }

    fn ask(&mut self, method: &str, parameters: Value) -> Value {
        let id = self.send(method, parameters);
        let mut line = String::new();
        self.from.read_line(&mut line).unwrap();
        let answer: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        assert_eq!((answer["id"].as_u64(), &answer["jsonrpc"]), (Some(id), &json!("2.0")), "{answer}");
        answer
    }

    /// What a tool answers: its object, which is the text as well, and whether that is an error.
    fn call(&mut self, tool: &str, arguments: Value) -> (Value, bool) {
        let answer = self.ask("tools/call", json!({"name": tool, "arguments": arguments}));
        let result = &answer["result"];
        let object = result["structuredContent"].clone();
        let text = result["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}"));
        assert_eq!(serde_json::from_str::<Value>(text).unwrap(), object);
        (object, result["isError"] == true)
    }

    /// The client closes its end.
    fn leave(mut self) -> i32 {
        drop(self.to.take());
        self.server.wait().unwrap().code().unwrap_or(-1)
    }
}

/// More than this, and the definitions cost a model over 2,000 tokens, at 3.5 bytes each.
const DEFINITION_BYTES_MAX: usize = 7000;

#[test]
fn seven_tools_are_told_of_in_few_words_with_all_hints() {
    let project = Project::new();
    let mut client = Client::start(&project);
    let listed = client.ask("tools/list", json!({}));
    let tools = listed["result"]["tools"].as_array().unwrap();
    let names: Vec<&str> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    let known = ["status", "next", "show", "done", "skip", "claim", "run_step"];
    assert_eq!(names, known.map(|name| format!("checklist_{name}")));
    let bytes = listed["result"]["tools"].to_string().len();
    assert!(bytes <= DEFINITION_BYTES_MAX, "{bytes} bytes");
    for tool in tools {
        for hint in ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"] {
            assert!(tool["annotations"][hint].is_boolean(), "{tool}");
        }
        assert_eq!(tool["outputSchema"]["type"], "object");
        jsonschema::validator_for(&tool["outputSchema"]).unwrap();
        jsonschema::validator_for(&tool["inputSchema"]).unwrap();
    }
    assert_eq!(client.leave(), 0);
}

#[test]
fn a_run_is_worked_through_and_each_answer_is_that_of_the_command() {
    let project = Project::with_run();
    let mut client = Client::start(&project);
    let listed = client.ask("tools/list", json!({}));
    let tools = listed["result"]["tools"].as_array().unwrap().clone();
    let check = |name: &str, object: &Value| {
        let tool = tools.iter().find(|tool| tool["name"] == name).unwrap();
        let wrong = jsonschema::validator_for(&tool["outputSchema"]).unwrap().validate(object).err();
        assert!(wrong.is_none(), "{name}: {wrong:?}: {object}");
    };
    for (tool, verb) in
        [("checklist_status", "status"), ("checklist_next", "next"), ("checklist_show", "show")]
    {
        let (object, is_error) = client.call(tool, json!({}));
        assert_eq!((&object, is_error), (&project.run(&[verb, "--json"]).json(), false));
        check(tool, &object);
    }
    let (object, is_error) = client.call("checklist_done", json!({"step": "notes", "if_rev": 2}));
    assert_eq!((object["code"].as_str(), is_error), (Some("validation_failed"), true), "{object}");
    check("checklist_done", &object);
    project.write("NOTES.md", "## 1.2\n");
    let request = json!({"step": "notes", "if_rev": 2, "key": "once"});
    let (object, is_error) = client.call("checklist_done", request.clone());
    assert_eq!((object["evidence"].as_str(), is_error), (Some("verified"), false), "{object}");
    check("checklist_done", &object);
    assert_eq!(client.call("checklist_done", request).0["replayed"], true);
    let (object, is_error) = client.call("checklist_claim", json!({"step": "build", "for": "1h"}));
    assert_eq!((object["claim"]["by"].as_str(), is_error), (Some("agent:tester"), false), "{object}");
    check("checklist_claim", &object);
    let (object, is_error) = client.call("checklist_run_step", json!({"step": "build"}));
    assert_eq!((object["settled"][0]["status"].as_str(), is_error), (Some("done"), false), "{object}");
    check("checklist_run_step", &object);
    assert_eq!(project.read("built"), b"built\n");
    // What a person has to confirm is theirs.
    for arguments in [json!({"step": "approve"}), json!({"step": "approve", "claim": "I am sure"})] {
        let (object, is_error) = client.call("checklist_done", arguments);
        assert_eq!((object["code"].as_str(), is_error), (Some("needs_human"), true), "{object}");
        check("checklist_done", &object);
    }
    let (object, _) = client.call("checklist_skip", json!({"step": "approve", "reason": "x"}));
    assert_eq!(object["code"], "refused", "{object}");
    check("checklist_skip", &object);
    let (object, _) =
        client.call("checklist_skip", json!({"step": "tell", "reason": "nobody waits", "yes": true}));
    assert_eq!((object["code"].as_str(), &object["changed"]), (Some("usage"), &json!(false)), "{object}");
    let unknown = client.ask("tools/call", json!({"name": "checklist_trust", "arguments": {}}));
    assert!(unknown["error"]["message"].is_string(), "{unknown}");
    assert_eq!(client.leave(), 0);
    let history = project.run(&["history", "--json"]).ok().json();
    assert_eq!(history["operations"][0]["who"], "agent:tester");
    assert_eq!(project.step("approve"), "pending");
}

/// A step that takes a minute, and says who leads its group.
fn slow() -> Project {
    let project = Project::with(
        "checklist: 1\nid: s\ntitle: S\nsteps:\n  - { id: push, title: Push, type: auto, commands: [{ id: sh, kind: bash, \
         run: \"echo $$ > pid; touch begun; sleep 60\" }] }\n",
    );
    project.run(&["init"]).ok();
    let begun = project.start(&["run", "list.yaml"]);
    project.wait_for("begun");
    kill_process(Pid::from_child(&begun), Signal::TERM).unwrap();
    begun.wait_with_output().unwrap();
    project.run(&["resume", "--failed", "push"]);
    std::fs::remove_file(project.root.join("begun")).unwrap();
    project
}

fn group(project: &Project) -> Pid {
    let text = String::from_utf8(project.read("pid")).unwrap();
    Pid::from_raw(text.trim().parse().unwrap()).unwrap()
}

fn is_gone(project: &Project) -> bool {
    rustix::process::test_kill_process_group(group(project)).is_err()
}

#[test]
fn a_client_that_goes_away_leaves_no_command_behind() {
    let project = slow();
    let mut client = Client::start(&project);
    client.send("tools/call", json!({"name": "checklist_run_step", "arguments": {"step": "push"}}));
    project.wait_for("begun");
    assert!(!is_gone(&project));
    client.leave();
    assert!(is_gone(&project), "the command was ended with everything it started");
    project.run(&["doctor"]).ok();
    assert_ne!(project.step("push"), "done");
}

#[test]
fn a_signal_ends_the_server_with_what_it_runs() {
    let project = slow();
    let mut client = Client::start(&project);
    client.send("tools/call", json!({"name": "checklist_run_step", "arguments": {"step": "push"}}));
    project.wait_for("begun");
    kill_process(Pid::from_child(&client.server), Signal::TERM).unwrap();
    assert_eq!(client.server.wait().unwrap().code(), Some(143));
    assert!(is_gone(&project));
}

#[test]
fn a_server_that_is_killed_leaves_an_interrupted_step() {
    let project = slow();
    let mut client = Client::start(&project);
    client.send("tools/call", json!({"name": "checklist_run_step", "arguments": {"step": "push"}}));
    project.wait_for("begun");
    kill_process(Pid::from_child(&client.server), Signal::KILL).unwrap();
    client.server.wait().unwrap();
    kill_process_group(group(&project), Signal::KILL).unwrap();
    let mut client = Client::start(&project);
    let (object, _) = client.call("checklist_status", json!({}));
    assert_eq!(object["state"], "interrupted", "{object}");
    let (object, is_error) = client.call("checklist_run_step", json!({"step": "push"}));
    assert_eq!((object["code"].as_str(), is_error), (Some("needs_human"), true), "{object}");
    assert_eq!(client.leave(), 0);
}

#[test]
fn what_is_no_protocol_is_an_error_and_nothing_else_is_printed() {
    let project = Project::new();
    let mut child = project.command(&["mcp"]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"hello\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.stdout.is_empty() || output.stdout.starts_with(b"{\"jsonrpc\""), "{output:?}");
}
