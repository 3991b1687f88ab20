//! `Signals`: Ctrl-C and SIGTERM as a wish to stop, which is looked at where stopping is safe.

use crate::exit::Exit;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Flags that signals set. Without [`Signals::catch`] signals end the program as they always do, which is
/// safe too: a transaction is saved or not.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    cancel: Arc<AtomicBool>,
    terminated: Arc<AtomicBool>,
    is_asking: Arc<AtomicBool>,
    is_caught: AtomicBool,
}

impl Signals {
    /// From now on a signal ends the command that runs, with its group, and then the program.
    pub(crate) fn catch(&self) -> io::Result<()> {
        if self.is_caught.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        for (signal, exit) in
            [(SIGINT, Exit::Interrupted), (SIGTERM, Exit::Terminated), (SIGHUP, Exit::Terminated)]
        {
            flag::register_conditional_shutdown(signal, i32::from(exit.code()), Arc::clone(&self.is_asking))?;
            flag::register(signal, Arc::clone(&self.cancel))?;
        }
        flag::register(SIGTERM, Arc::clone(&self.terminated))?;
        flag::register(SIGHUP, Arc::clone(&self.terminated))?;
        Ok(())
    }

    /// Those of a request within this process: `cancel` is the only one, and no signal is caught for it.
    #[cfg(feature = "mcp")]
    pub(crate) fn of(cancel: Arc<AtomicBool>) -> Signals {
        Signals { cancel, is_caught: AtomicBool::new(true), ..Signals::default() }
    }

    /// What ends a command that runs.
    pub(crate) fn cancel(&self) -> &AtomicBool {
        &self.cancel
    }

    /// The same, for another thread.
    pub(crate) fn wish(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.cancel)
    }

    /// Whether somebody wants to stop.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }

    /// Forgets a Ctrl-C that was meant for a command which had the terminal.
    pub(crate) fn forget_interrupt(&self) {
        if !self.terminated.load(Ordering::SeqCst) {
            self.cancel.store(false, Ordering::SeqCst);
        }
    }

    /// The exit code of a program that was stopped.
    pub(crate) fn exit(&self) -> Exit {
        match self.terminated.load(Ordering::Relaxed) {
            true => Exit::Terminated,
            false => Exit::Interrupted,
        }
    }

    /// Runs `ask` in a state in which a signal ends the program at once. One that came just before, and only
    /// left its flag, ends it here: nothing would wake a read that begins after it.
    pub(crate) fn while_asking<T>(&self, ask: impl FnOnce() -> T) -> T {
        self.is_asking.store(true, Ordering::SeqCst);
        if self.cancel.load(Ordering::SeqCst) {
            std::process::exit(i32::from(self.exit().code()));
        }
        let answer = ask();
        self.is_asking.store(false, Ordering::SeqCst);
        answer
    }
}
