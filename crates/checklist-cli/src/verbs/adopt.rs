//! `adopt`: a hand edit of state.yaml is taken in, as a transaction of its own.

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use checklist_store::{ErrorKind, Standing};
use checklist_workflow::engine::check_runs;
use serde_json::json;

pub(crate) fn adopt(ctx: &Context) -> Result<Exit, Failure> {
    let project = ctx.project()?;
    let mut store = ctx.store_options().validate(check_runs).open(project.folder())?;
    if *store.standing() == Standing::Sound {
        ctx.ui.answer("state.yaml is as it was saved: there is no edit to adopt. Nothing changed.\n");
        ctx.ui.object(json::object("adopt", json!({"changed": false})));
        return Ok(Exit::Ok);
    }
    let commit = store.adopt(&ctx.actor(Some(&project.root))).map_err(|error| {
        let is_behind = error.kind() == ErrorKind::Edited;
        let mut failure = Failure::from(error);
        if is_behind {
            // Adopting is what was just refused.
            failure.advice = vec!["Put back what was saved: checklist restore".to_owned()];
        }
        failure
    })?;
    ctx.ui.answer(&format!(
        "Adopted: the edit of state.yaml is saved as a transaction (record {}). A copy of the edited file is kept \
         in .checklist/.backup/.\n\nNext: checklist status\n",
        commit.lsn
    ));
    let fields = json!({"changed": true, "record": commit.lsn.0, "operations": commit.operations,
        "next_commands": ["checklist status"]});
    ctx.ui.object(json::object("adopt", fields));
    Ok(Exit::Ok)
}
