//! Spans of what was executed, as a collector gets them.

use crate::support::{Answer, Project};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// A command that fails once, a secret, a variable, and what the command finds in its environment.
const LIST: &str = "checklist: 1\nid: ship\ntitle: Ship ${colour}\nvariables:\n  colour: { default: vermilion }\n  \
                    token: { type: string, secret: true, from_env: TEST_TOKEN, required: true }\nsteps:\n  - id: make\n    title: Make\n    type: auto\n    \
                    commands:\n      - { id: sh, kind: bash, run: 'echo \"$TRACEPARENT\" >> seen; test -e again || { touch again; exit 3; }', \
                    retries: { max: 1 } }\n  - { id: end, title: End }\n";

/// A collector for one request: its head, and what it brings.
fn collector(status: &'static str) -> (String, JoinHandle<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(&stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(reader.read_line(&mut head).unwrap() > 0, "{head}");
        }
        let lower = head.to_lowercase();
        let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let mut body = vec![0; length.trim().parse().unwrap()];
        reader.read_exact(&mut body).unwrap();
        let answer =
            format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}");
        (&stream).write_all(answer.as_bytes()).unwrap();
        (lower, serde_json::from_slice(&body).unwrap())
    });
    (endpoint, asked)
}

fn run(project: &Project, arguments: &[&str], endpoint: &str, environment: &[(&str, &str)]) -> Answer {
    let mut command = project.command(arguments);
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint).env("TEST_TOKEN", "hunter2-correct-horse");
    Answer::of(command.envs(environment.iter().copied()).output().unwrap())
}

fn named<'s>(spans: &'s [Value], name: &str) -> Vec<&'s Value> {
    spans.iter().filter(|span| span["name"] == name).collect()
}

#[test]
fn run_step_and_attempts_arrive_below_the_span_that_began_it_all() {
    let project = Project::with(LIST);
    let (endpoint, asked) = collector("200 OK");
    let headers = ("OTEL_EXPORTER_OTLP_HEADERS", "x-team=red");
    run(&project, &["run", "list.yaml"], &endpoint, &[("TRACEPARENT", PARENT), headers]).code(10);
    let (head, body) = asked.join().unwrap();
    assert!(head.starts_with("post /v1/traces http/1.1\r\n") && head.contains("x-team: red"), "{head}");
    let resource = body["resourceSpans"][0]["resource"]["attributes"].to_string();
    assert!(resource.contains("service.name") && resource.contains("\"checklist\""), "{resource}");
    let spans = body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap();
    let (root, step) = (named(spans, "checklist run")[0], named(spans, "step make")[0]);
    let attempts = named(spans, "attempt make/sh");
    assert_eq!((spans.len(), attempts.len()), (4, 2), "{body:#}");
    assert!(spans.iter().all(|span| span["traceId"] == "0af7651916cd43dd8448eb211c80319c"), "{body:#}");
    assert_eq!(root["parentSpanId"], "b7ad6b7169203331");
    assert_eq!(step["parentSpanId"], root["spanId"]);
    assert!(attempts.iter().all(|attempt| attempt["parentSpanId"] == step["spanId"]));

    let nanos = |span: &Value, name: &str| -> u64 { span[name].as_str().unwrap().parse().unwrap() };
    for (inner, outer) in [(attempts[0], step), (attempts[1], step), (step, root)] {
        assert!(nanos(outer, "startTimeUnixNano") <= nanos(inner, "startTimeUnixNano"), "{body:#}");
        assert!(nanos(inner, "startTimeUnixNano") <= nanos(inner, "endTimeUnixNano"), "{body:#}");
        assert!(nanos(inner, "endTimeUnixNano") <= nanos(outer, "endTimeUnixNano"), "{body:#}");
    }
    let said = |span: &Value| (span["status"]["message"].clone(), span["attributes"].to_string());
    let (first, second) = (said(attempts[0]), said(attempts[1]));
    assert_eq!(first.0, "exit 3");
    assert!(first.1.contains("checklist.attempt") && second.1.contains("exit 0"), "{body:#}");
    assert!(first.1.contains(project.status()["run"].as_str().unwrap()), "{body:#}");

    // What a command starts is told below its own attempt.
    let seen = String::from_utf8(project.read("seen")).unwrap();
    let given: Vec<String> = attempts
        .iter()
        .map(|attempt| {
            format!("00-0af7651916cd43dd8448eb211c80319c-{}-01", attempt["spanId"].as_str().unwrap())
        })
        .collect();
    assert_eq!(seen.lines().collect::<Vec<_>>(), given);
    // No value of the state, no secret, no script.
    for kept in ["vermilion", "hunter2", "echo", "touch again"] {
        assert!(!body.to_string().contains(kept), "{kept}: {body:#}");
    }
}

#[test]
fn all_processes_of_a_run_share_a_trace_where_nobody_gave_one() {
    let project = Project::with(&LIST.replace("retries: { max: 1 }", ""));
    let mut traces = Vec::new();
    for (arguments, code) in [(&["run", "list.yaml"][..], 14), (&["run"], 10)] {
        let (endpoint, asked) = collector("200 OK");
        run(&project, arguments, &endpoint, &[]).code(code);
        let (_, body) = asked.join().unwrap();
        let spans = body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap().clone();
        let root = named(&spans, "checklist run")[0];
        assert!(matches!(root["parentSpanId"].as_str(), None | Some("")), "{root}");
        traces.push(root["traceId"].clone());
    }
    assert_eq!(traces[0], traces[1]);
}

#[test]
fn a_collector_that_is_not_there_or_refuses_changes_nothing_but_a_note() {
    let project = Project::with(&LIST.replace("retries: { max: 1 }", ""));
    let (endpoint, asked) = collector("403 Forbidden");
    run(&project, &["run", "list.yaml"], &endpoint, &[])
        .code(14)
        .says("the trace of this command could not be sent");
    asked.join().unwrap();
    // Nobody listens there any more.
    let told = run(&project, &["run", "--json"], &endpoint, &[]).code(10).json();
    assert_eq!(told["step"]["id"], "end", "the answer is whole, and comes alone");
    // Where nothing is executed, nothing is sent.
    let status = run(&project, &["status"], &endpoint, &[]).ok();
    assert_eq!(status.err, "");
}

#[test]
fn a_trace_that_is_not_kept_is_handed_on_as_it_came_and_not_sent() {
    let project = Project::with(&LIST.replace("retries: { max: 1 }", ""));
    let unkept = PARENT.replace("-01", "-00");
    let answer = run(&project, &["run", "list.yaml"], "http://127.0.0.1:1", &[("TRACEPARENT", &unkept)]);
    assert!(!answer.code(14).err.contains("trace"), "nothing is sent");
    let off = [("TRACEPARENT", PARENT), ("OTEL_SDK_DISABLED", "true")];
    assert!(!run(&project, &["run"], "http://127.0.0.1:1", &off).code(10).err.contains("trace"));
    assert_eq!(String::from_utf8(project.read("seen")).unwrap(), format!("{unkept}\n{PARENT}\n"));
}
