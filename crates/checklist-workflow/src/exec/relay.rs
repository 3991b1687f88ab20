//! The relay between a command and its log where secrets have to be masked, or between a command and who
//! reads its output.

use crate::mask::{Masker, Masking};
use checklist_store::env::Env;
use std::io::{self, PipeReader, PipeWriter, Read as _, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long to wait for output after a command ended: a process it left behind may hold the other end for ever.
const LINGER: Duration = Duration::from_millis(500);

/// Bytes taken at once.
const PIECE_BYTES: usize = 16 * 1024;

/// A thread that reads what a command prints until nobody can print any more.
pub(super) struct Relay {
    thread: JoinHandle<()>,
}

impl Relay {
    /// Begins to take output, and gives it on to `sink`, masked. Gives the end that the command writes to.
    pub(super) fn start(
        sink: impl Write + Send + 'static,
        masker: Masker,
    ) -> io::Result<(PipeWriter, Relay)> {
        let (reader, writer) = io::pipe()?;
        let thread = std::thread::Builder::new()
            .name("output".to_owned())
            .spawn(move || pass_on(reader, sink, Masking::new(masker)))?;
        Ok((writer, Relay { thread }))
    }

    /// Waits until all output is passed on, or for a while where a process that was left behind holds it
    /// open; that one's later output is still taken while this process lives.
    pub(super) fn wait(&self, env: &Env) {
        let begun = env.clock.instant();
        while !self.thread.is_finished() && env.clock.instant().since(begun) < LINGER {
            env.clock.sleep(Duration::from_millis(1));
        }
    }
}

/// A sink that cannot take more, such as a full disk, does not stop the command: its output is read and lost.
fn pass_on(mut reader: PipeReader, mut sink: impl Write, mut masking: Masking) {
    let mut piece = [0; PIECE_BYTES];
    loop {
        match reader.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => drop(sink.write_all(&masking.push(&piece[..read]))),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    drop(sink.write_all(&masking.finish()).and_then(|()| sink.flush()));
}

/// What a command printed, up to a limit; more is counted and dropped.
#[derive(Clone, Default)]
pub(super) struct Captured(Arc<Mutex<Vec<u8>>>, usize);

impl Captured {
    pub(super) fn up_to(bytes_max: usize) -> Captured {
        Captured(Arc::default(), bytes_max)
    }

    /// What was printed so far: one byte more than the limit where that was exceeded.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = (self.1 + 1).saturating_sub(taken.len());
        taken.extend_from_slice(&bytes[..bytes.len().min(room)]);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
