//! The server: the protocol on one side, a toolbox on the other, and how both end.

use crate::calls::Calls;
use crate::tool::{Answer, Call, Tool, Toolbox};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ErrorData, Implementation, InitializeResult,
    JsonObject, ListToolsResult, PaginatedRequestParams, ServerCapabilities, ToolAnnotations,
};
use rmcp::service::RequestContext;
use rmcp::{RoleServer, ServerHandler, ServiceExt as _};
use serde_json::Value;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio_util::sync::CancellationToken;

/// What the server says of itself.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// What a model should know before it calls a tool; a few sentences.
    pub instructions: &'static str,
}

/// Ends a server from another thread.
#[derive(Clone, Debug, Default)]
pub struct Stop(CancellationToken);

impl Stop {
    /// The server takes no more calls, ends those under way, and returns.
    pub fn stop(&self) {
        self.0.cancel();
    }
}

/// Serves the tools on stdin and stdout until the client closes its end, or `stop` says so; nothing else is written
/// to stdout. Answers that come within five seconds of that, or two of `stop`, are still given; then what is under way
/// is cancelled, and this returns when all of it has ended.
///
/// # Errors
/// What the system says where there is no runtime to be had, and what is wrong with the first message of a client
/// that does not speak the protocol.
///
/// ```
/// # use checklist_mcp::{Answer, Call, Tool, Toolbox};
/// # struct Nothing;
/// # impl Toolbox for Nothing {
/// #     fn tools(&self) -> Vec<Tool> { Vec::new() }
/// #     fn call(&self, _: Call<'_>) -> Answer { Answer { object: serde_json::json!({}), is_error: true } }
/// # }
/// use checklist_mcp::{About, Stop, serve};
/// use std::sync::Arc;
///
/// let stop = Stop::default();
/// stop.stop(); // somebody wants it to end, here before it began
/// let about = About { name: "nothing", version: "1.0.0", instructions: "There is nothing to call." };
/// serve(about, Arc::new(Nothing), &stop)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn serve(about: About, toolbox: Arc<dyn Toolbox>, stop: &Stop) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let calls = Arc::new(Calls::default());
    let server = Server { about, toolbox, calls: Arc::clone(&calls) };
    let served = runtime.block_on(async {
        // Pipes are read without a thread that blocks, so that nothing holds up the end.
        let transport = rmcp::transport::stdio_pipes();
        match server.serve_with_ct(transport, stop.0.clone()).await {
            Ok(running) => running.waiting().await.map(drop).map_err(io::Error::other),
            // Who was stopped, or left before it said anything, is not wrong.
            Err(_) if stop.0.is_cancelled() => Ok(()),
            Err(rmcp::service::ServerInitializeError::ConnectionClosed(_)) => Ok(()),
            Err(error) => Err(io::Error::new(io::ErrorKind::InvalidData, error.to_string())),
        }
    });
    calls.end();
    runtime.shutdown_background();
    served
}

struct Server {
    about: About,
    toolbox: Arc<dyn Toolbox>,
    calls: Arc<Calls>,
}

impl ServerHandler for Server {
    fn get_info(&self) -> InitializeResult {
        let mut info = InitializeResult::new(ServerCapabilities::builder().enable_tools().build());
        info.server_info = Implementation::new(self.about.name, self.about.version);
        info.with_instructions(self.about.instructions)
    }

    async fn list_tools(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = self.toolbox.tools().into_iter().map(described).collect();
        Ok(ListToolsResult::with_all_items(tools))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let name = request.name.into_owned();
        if !self.toolbox.tools().iter().any(|tool| tool.name == name) {
            return Err(ErrorData::invalid_params(format!("there is no tool {name}"), None));
        }
        let client = context.client_info().map(|client| client.name).unwrap_or_default();
        let cancel = Arc::new(AtomicBool::new(false));
        let under_way = self.calls.begin(&cancel);
        let taken_back = context.ct.clone();
        let watched = Arc::clone(&cancel);
        let watch = tokio::spawn(async move {
            taken_back.cancelled().await;
            watched.store(true, Ordering::SeqCst);
        });
        let toolbox = Arc::clone(&self.toolbox);
        let work = tokio::task::spawn_blocking(move || {
            let arguments = request.arguments.unwrap_or_default();
            let answer = toolbox.call(Call { tool: &name, arguments, client: &client, cancel });
            drop(under_way);
            answer
        });
        // One that is taken back is not waited for here; the guard within it keeps the process until it has ended.
        let answer = work.await.map_err(|error| ErrorData::internal_error(error.to_string(), None));
        watch.abort();
        answer.map(result)
    }
}

fn result(answer: Answer) -> CallToolResponse {
    match answer.is_error {
        true => CallToolResult::structured_error(answer.object).into(),
        false => CallToolResult::structured(answer.object).into(),
    }
}

fn described(tool: Tool) -> rmcp::model::Tool {
    let hints = tool.hints;
    let annotations = ToolAnnotations::from_raw(
        None,
        Some(hints.read_only),
        Some(hints.destructive),
        Some(hints.idempotent),
        Some(hints.open_world),
    );
    let mut described = rmcp::model::Tool::new(tool.name, tool.description, object(tool.input));
    described.output_schema = Some(Arc::new(object(tool.output)));
    described.annotations = Some(annotations);
    described
}

fn object(schema: Value) -> JsonObject {
    match schema {
        Value::Object(members) => members,
        _ => JsonObject::default(),
    }
}
