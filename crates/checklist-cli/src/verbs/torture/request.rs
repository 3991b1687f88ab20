//! `Request` and `Reply`: what a writer is asked to do and what it answers, in words on a pipe.

/// How many registers the writers share.
pub(super) const REGISTERS: usize = 4;

/// What the registers hold.
pub(super) type Registers = [i64; REGISTERS];

/// One thing a writer is asked to do. All but the last two are operations on the shared registers, each in
/// one transaction or one look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// Reads one register, as a process that is open for reading alone.
    Read(usize),
    /// Reads all registers of one snapshot.
    ReadAll,
    /// Puts a value in a register.
    Write(usize, i64),
    /// Puts the second value in a register if it holds the first.
    Swap(usize, i64, i64),
    /// Adds to a register.
    Add(usize, i64),
    /// Takes from one register and adds to another.
    Move(usize, usize, i64),
    /// Adds to a register in a transaction that stays open until another line comes.
    Hold(usize, i64),
    /// Brings `state.yaml` up to date.
    Publish,
    /// Drops the store as a dying process would, and opens it again.
    Reopen,
}

/// What a writer answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// It has opened the store.
    Ready,
    /// The transaction of a [`Request::Hold`] is open, and with it the lock is held.
    Held,
    /// Committed with this LSN; the registers it touches held these values before.
    Saved(u64, Vec<i64>),
    /// Nothing was changed; the registers it looked at held these values.
    Seen(Vec<i64>),
    /// Done, with nothing to tell.
    Done,
    /// Refused: the kind of the error, whether the change is saved, and the message.
    Refused(String, String, String),
}

/// What a writer tells beside its answer, since the last one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Measures {
    /// How often it recovered the store.
    pub(crate) recoveries: u64,
    /// The longest of these, in microseconds.
    pub(crate) recovery_us_max: u64,
    /// How long it waited for the lock, in microseconds; `None` if it took none.
    pub(crate) lock_us: Option<u64>,
}

impl Request {
    /// Whether it may change the registers.
    pub(super) fn is_change(self) -> bool {
        matches!(
            self,
            Request::Write(..) | Request::Swap(..) | Request::Add(..) | Request::Move(..) | Request::Hold(..)
        )
    }

    /// The registers it touches, in the order in which it tells what they hold.
    pub(super) fn registers(self) -> Vec<usize> {
        match self {
            Request::Read(register)
            | Request::Write(register, _)
            | Request::Swap(register, ..)
            | Request::Add(register, _)
            | Request::Hold(register, _) => vec![register],
            Request::Move(from, to, _) => vec![from, to],
            Request::ReadAll => (0..REGISTERS).collect(),
            Request::Publish | Request::Reopen => Vec::new(),
        }
    }

    /// What its registers hold afterwards, where they hold `before`; `None` if it changes nothing.
    pub(super) fn outcome(self, before: &[i64]) -> Option<Vec<i64>> {
        match (self, before) {
            (Request::Write(_, value), [_]) => Some(vec![value]),
            (Request::Swap(_, expected, value), [held]) => (*held == expected).then(|| vec![value]),
            (Request::Add(_, amount) | Request::Hold(_, amount), [held]) => {
                Some(vec![held.wrapping_add(amount)])
            }
            (Request::Move(_, _, amount), [from, to]) => {
                Some(vec![from.wrapping_sub(amount), to.wrapping_add(amount)])
            }
            _ => None,
        }
    }

    /// Does it to registers at once and says what they held: the sequential rule that all answers must obey.
    pub(super) fn apply(self, registers: &mut Registers) -> Vec<i64> {
        let touched = self.registers();
        let before: Vec<i64> = touched.iter().map(|register| registers[*register]).collect();
        for (register, value) in touched.iter().zip(self.outcome(&before).unwrap_or_default()) {
            registers[*register] = value;
        }
        before
    }

    /// As a line on the pipe.
    pub(crate) fn words(self) -> String {
        match self {
            Request::Read(register) => format!("read {register}"),
            Request::ReadAll => "read-all".to_owned(),
            Request::Write(register, value) => format!("write {register} {value}"),
            Request::Swap(register, expected, value) => format!("swap {register} {expected} {value}"),
            Request::Add(register, amount) => format!("add {register} {amount}"),
            Request::Move(from, to, amount) => format!("move {from} {to} {amount}"),
            Request::Hold(register, amount) => format!("hold {register} {amount}"),
            Request::Publish => "publish".to_owned(),
            Request::Reopen => "reopen".to_owned(),
        }
    }

    /// Reads such a line.
    pub(crate) fn parse(line: &str) -> Option<Request> {
        let mut words = line.split_whitespace();
        let verb = words.next()?;
        let numbers: Vec<i64> = words.map(str::parse).collect::<Result<_, _>>().ok()?;
        let register = |number: i64| usize::try_from(number).ok().filter(|register| *register < REGISTERS);
        Some(match (verb, numbers.as_slice()) {
            ("read", [at]) => Request::Read(register(*at)?),
            ("read-all", []) => Request::ReadAll,
            ("write", [at, value]) => Request::Write(register(*at)?, *value),
            ("swap", [at, expected, value]) => Request::Swap(register(*at)?, *expected, *value),
            ("add", [at, amount]) => Request::Add(register(*at)?, *amount),
            ("move", [from, to, amount]) if from != to => {
                Request::Move(register(*from)?, register(*to)?, *amount)
            }
            ("hold", [at, amount]) => Request::Hold(register(*at)?, *amount),
            ("publish", []) => Request::Publish,
            ("reopen", []) => Request::Reopen,
            _ => return None,
        })
    }
}

impl Reply {
    /// As a line on the pipe.
    pub(super) fn words(&self, measures: Measures) -> String {
        let list = |seen: &[i64]| seen.iter().map(|value| format!(" {value}")).collect::<String>();
        let answer = match self {
            Reply::Ready => "ready".to_owned(),
            Reply::Held => "held".to_owned(),
            Reply::Saved(lsn, seen) => format!("saved {lsn}{}", list(seen)),
            Reply::Seen(seen) => format!("seen{}", list(seen)),
            Reply::Done => "done".to_owned(),
            Reply::Refused(kind, outcome, message) => format!("refused {kind} {outcome} {message}"),
        };
        let Measures { recoveries, recovery_us_max, lock_us } = measures;
        let lock = lock_us.map_or_else(|| "-".to_owned(), |us| us.to_string());
        format!("{recoveries} {recovery_us_max} {lock} {answer}")
    }

    /// Reads such a line.
    pub(crate) fn parse(line: &str) -> Option<(Reply, Measures)> {
        let mut parts = line.splitn(4, ' ');
        let recoveries = parts.next()?.parse().ok()?;
        let recovery_us_max = parts.next()?.parse().ok()?;
        let lock_us = match parts.next()? {
            "-" => None,
            us => Some(us.parse().ok()?),
        };
        let answer = parts.next()?;
        let (verb, rest) = answer.split_once(' ').unwrap_or((answer, ""));
        let numbers = |text: &str| text.split_whitespace().map(str::parse).collect::<Result<Vec<i64>, _>>();
        let reply = match verb {
            "ready" => Reply::Ready,
            "held" => Reply::Held,
            "saved" => {
                let (lsn, seen) = rest.split_once(' ').unwrap_or((rest, ""));
                Reply::Saved(lsn.parse().ok()?, numbers(seen).ok()?)
            }
            "seen" => Reply::Seen(numbers(rest).ok()?),
            "done" => Reply::Done,
            "refused" => {
                let mut words = rest.splitn(3, ' ').map(str::to_owned);
                Reply::Refused(words.next()?, words.next()?, words.next()?)
            }
            _ => return None,
        };
        Some((reply, Measures { recoveries, recovery_us_max, lock_us }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_they_are_written() {
        use Request::*;
        let requests = [Read(3), ReadAll, Write(0, -5), Swap(1, 2, 3), Add(2, 1), Move(0, 3, 9), Hold(1, 1)];
        for request in requests.into_iter().chain([Publish, Reopen]) {
            assert_eq!(Request::parse(&request.words()), Some(request));
        }
        for bad in ["", "read", "read 4", "read -1", "move 1 1 5", "write 0 x", "add 0 1 2"] {
            assert_eq!(Request::parse(bad), None, "{bad}");
        }
        let refused = Reply::Refused("LockTimeout".into(), "NotSaved".into(), "busy: pid 7 \"x\"".into());
        let measures = Measures { recoveries: 1, recovery_us_max: 90, lock_us: Some(12) };
        for reply in [
            Reply::Ready,
            Reply::Held,
            Reply::Done,
            refused,
            Reply::Saved(7, vec![-1, 2]),
            Reply::Seen(vec![0]),
        ] {
            assert_eq!(Reply::parse(&reply.words(measures)), Some((reply.clone(), measures)));
            let none = Measures::default();
            assert_eq!(Reply::parse(&reply.words(none)), Some((reply, none)));
        }
        assert_eq!(Reply::parse("0 0 - saved"), None);
    }

    #[test]
    fn the_rule_of_each_operation() {
        let mut registers = [1, 2, 3, 4];
        assert_eq!(Request::Move(0, 3, 10).apply(&mut registers), [1, 4]);
        assert_eq!(Request::Swap(1, 9, 0).apply(&mut registers), [2]);
        assert_eq!(registers, [-9, 2, 3, 14]);
        assert_eq!(Request::Swap(1, 2, 7).apply(&mut registers), [2]);
        assert_eq!(Request::Add(2, 1).apply(&mut registers), [3]);
        assert_eq!(Request::Write(0, 5).apply(&mut registers), [-9]);
        assert_eq!(Request::ReadAll.apply(&mut registers), [5, 7, 4, 14]);
        assert_eq!(Request::Publish.apply(&mut registers), [0; 0]);
    }
}
