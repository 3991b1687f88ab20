//! `Traces`: the spans of this process, kept until it ends and then sent by OTLP (feature `otlp`).

use crate::exit::Exit;
use checklist_store::env::{Env, Timestamp};
use checklist_workflow::trace::{Ended, Span, TRACEPARENT, TraceContext, Tracer, trace_of_run};
use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter as Exporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanExporter as _, SpanLinks};
use std::ffi::OsString;
use std::fmt;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};
use std::time::{Duration, UNIX_EPOCH};

/// Where spans go, and where those of everything go, as OpenTelemetry names it.
const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];

/// Who ran a command does not wait longer for a collector.
const TIMEOUT: Duration = Duration::from_secs(3);

/// The spans so far.
pub(crate) struct Traces {
    env: Env,
    /// The span that this process is a part of.
    parent: Option<TraceContext>,
    own: u64,
    began: Timestamp,
    spans: Mutex<Vec<Span>>,
}

impl Traces {
    /// Those of this process, if the environment says where to send them, and does not say that they are not kept.
    pub(crate) fn of(env: &Env, lookup: &dyn Fn(&str) -> Option<OsString>) -> Option<Arc<Traces>> {
        let text = |name: &str| lookup(name)?.into_string().ok().filter(|text| !text.is_empty());
        ENDPOINTS.iter().find_map(|name| text(name))?;
        let is_off = lookup("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let parent = text(TRACEPARENT).and_then(|text| TraceContext::parse(&text));
        if is_off || parent.is_some_and(|parent| !parent.is_sampled()) {
            return None;
        }
        let (own, began) = (new_id(env), env.clock.now());
        Some(Arc::new(Traces { env: env.clone(), parent, own, began, spans: Mutex::default() }))
    }

    /// Sends what was kept, with the span of this process above it. Where nothing was executed, nothing is sent.
    ///
    /// # Errors
    /// Why it could not be sent, in words; it is lost then.
    pub(crate) fn send(&self, verb: &str, exit: Exit) -> Result<(), String> {
        let spans = std::mem::take(&mut *self.spans.lock().unwrap_or_else(PoisonError::into_inner));
        let Some(first) = spans.first() else { return Ok(()) };
        let own = Span {
            context: TraceContext { span: self.own, ..first.context },
            parent: self.parent.map_or(0, |parent| parent.span),
            name: format!("checklist {verb}"),
            began: self.began,
            ended: self.env.clock.now(),
            outcome: match exit {
                Exit::Ok | Exit::NeedsHuman => Ended::Well,
                exit => Ended::Badly(exit.name().to_owned()),
            },
            attributes: vec![
                first.attributes[0].clone(),
                ("process.exit.code", exit.code().to_string()),
                ("service.version", env!("CARGO_PKG_VERSION").to_owned()),
            ],
        };
        let is_remote = self.parent.is_some();
        let data = spans.iter().map(|span| data(span, false)).chain([data(&own, is_remote)]).collect();
        export(data)
    }
}

impl Tracer for Traces {
    fn root(&self, run: &str) -> TraceContext {
        let (trace, flags) =
            self.parent.map_or_else(|| (trace_of_run(run), 1), |parent| (parent.trace, parent.flags));
        TraceContext { trace, span: self.own, flags }
    }

    fn new_span(&self) -> u64 {
        new_id(&self.env)
    }

    fn on_span(&self, span: Span) {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner).push(span);
    }
}

fn new_id(env: &Env) -> u64 {
    env.random_u64().max(1)
}

/// A span in the words of OpenTelemetry.
fn data(span: &Span, parent_span_is_remote: bool) -> SpanData {
    let context = span.context;
    let time = |at: Timestamp| UNIX_EPOCH + Duration::from_millis(u64::try_from(at.as_millis()).unwrap_or(0));
    SpanData {
        span_context: SpanContext::new(
            TraceId::from_bytes(context.trace.to_be_bytes()),
            SpanId::from_bytes(context.span.to_be_bytes()),
            TraceFlags::new(context.flags),
            false,
            TraceState::default(),
        ),
        parent_span_id: SpanId::from_bytes(span.parent.to_be_bytes()),
        parent_span_is_remote,
        span_kind: SpanKind::Internal,
        name: span.name.clone().into(),
        start_time: time(span.began),
        end_time: time(span.ended),
        attributes: span.attributes.iter().map(|(name, value)| KeyValue::new(*name, value.clone())).collect(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: match &span.outcome {
            Ended::Well => Status::Unset,
            Ended::Badly(how) => Status::error(how.clone()),
        },
        instrumentation_scope: InstrumentationScope::builder("checklist")
            .with_version(env!("CARGO_PKG_VERSION"))
            .build(),
    }
}

/// Sends a batch once: the exporter reads endpoint, headers and attributes from the environment by itself.
fn export(batch: Vec<SpanData>) -> Result<(), String> {
    let client = Client::default();
    let told = client.told.clone();
    let mut exporter = Exporter::builder()
        .with_http()
        .with_http_client(client)
        .with_protocol(Protocol::HttpJson)
        .with_timeout(TIMEOUT)
        .with_retry_policy(opentelemetry_otlp::RetryPolicy::default().with_max_retries(0))
        .build()
        .map_err(|error| error.to_string())?;
    let resource = Resource::builder();
    let resource = match std::env::var_os("OTEL_SERVICE_NAME") {
        Some(_) => resource,
        None => resource.with_service_name("checklist"),
    };
    exporter.set_resource(&resource.build());
    let mut sending = pin!(exporter.export(batch));
    let result = match sending.as_mut().poll(&mut std::task::Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result.map_err(|error| error.to_string()),
        Poll::Pending => Err("the exporter waits for something".to_owned()),
    };
    // What the transport says is more than what the exporter makes of it.
    let cause = told.lock().unwrap_or_else(PoisonError::into_inner).take();
    result.map_err(|error| cause.unwrap_or(error))
}

/// The transport: one request on the thread that asks for it.
#[derive(Default)]
struct Client {
    told: Arc<Mutex<Option<String>>>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

type Sending<'s> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 's>>;

impl HttpClient for Client {
    fn send_bytes<'c, 's>(&'c self, request: Request<Bytes>) -> Sending<'s>
    where
        'c: 's,
        Self: 's,
    {
        let answer = post(request).inspect_err(|error| {
            *self.told.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
        });
        Box::pin(std::future::ready(answer))
    }
}

fn post(request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let config = ureq::Agent::config_builder().timeout_global(Some(TIMEOUT)).http_status_as_error(false);
    let agent = config.build().new_agent();
    let (parts, mut body) = agent.run(request.map(|body| body.to_vec()))?.into_parts();
    Ok(Response::from_parts(parts, Bytes::from(body.read_to_vec()?)))
}
