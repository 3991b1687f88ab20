//! `ls --all`: every project of this user, where its run stands and when it was left.

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen;
use crate::screen::projects::{Standing, Told};
use crate::ui::Format;
use checklist_workflow::error::Error;
use checklist_workflow::project::display_path;
use checklist_workflow::registry::{KnownProject, Place};
use serde_json::{Value, json};

pub(crate) fn projects(ctx: &Context) -> Result<Exit, Failure> {
    let known = ctx.registry().map(|registry| registry.projects()).unwrap_or_default();
    let mut told: Vec<Told> = known.iter().map(|project| look(ctx, project)).collect();
    told.sort_by_key(|told| std::cmp::Reverse(told.updated()));
    match ctx.ui.format {
        Format::Plain => ctx.ui.answer(&screen::projects::plain(&told)),
        _ => ctx.ui.answer(&screen::projects::projects(&told, &ctx.calendar(), ctx.ui.look())),
    }
    ctx.ui.object(json::object("projects", json!({"projects": told.iter().map(object).collect::<Value>()})));
    Ok(Exit::Ok)
}

/// Asks the project itself where it stands.
fn look(ctx: &Context, project: &KnownProject) -> Told {
    let standing = match project.place {
        Place::Gone => Standing::Gone,
        Place::OutOfReach => Standing::OutOfReach,
        Place::There => match ctx.look_into(&project.root) {
            Err(failure) => Standing::Unreadable(failure.message.clone()),
            Ok(engine) => match (engine.store().damage(), engine.view()) {
                (Some(damage), _) => Standing::Unreadable(damage.to_string()),
                (None, Ok(view)) => Standing::Run(Box::new(view)),
                (None, Err(Error::NoRun)) => Standing::NoRun,
                (None, Err(error)) => Standing::Unreadable(error.to_string()),
            },
        },
    };
    let path = project.root.to_string_lossy().into_owned();
    Told { path, shown: display_path(&project.root, ctx.home.as_deref()), seen: project.seen, standing }
}

fn object(told: &Told) -> Value {
    let mut value = match &told.standing {
        Standing::Run(view) => json::run(view),
        _ => json!({}),
    };
    value["project"] = told.path.clone().into();
    value["standing"] = told.standing.word().into();
    value["seen"] = told.seen.to_string().into();
    if let Standing::Unreadable(reason) = &told.standing {
        value["reason"] = reason.clone().into();
    }
    value
}
