//! `schema`: the JSON Schema of templates, for editors and for programs that write them.

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use checklist_workflow::template;
use serde_json::json;

pub(crate) fn schema(ctx: &Context) -> Result<Exit, Failure> {
    let schema = template::schema();
    ctx.ui.answer(&format!("{schema:#}\n"));
    ctx.ui.object(json::object("schema", json!({"template": schema})));
    Ok(Exit::Ok)
}
