//! The ledger finds each way in which a store could break its word.

use super::super::request::Request;
use super::*;
use checklist_store::{Draft, Lsn, TxnId};

/// A store that keeps its word, in memory: it makes the transactions that a test then falsifies.
struct Honest {
    history: Vec<CommittedTransaction>,
    document: Value,
    asked: Vec<Asked>,
}

impl Honest {
    fn new() -> Honest {
        Honest { history: Vec::new(), document: json!({}), asked: Vec::new() }
    }

    /// Commits a request as the next transaction, and tells its caller if `is_told`.
    fn commit(&mut self, writer: usize, number: u64, request: Request, is_told: bool) {
        let registers = document::registers(&self.document);
        let held: Vec<i64> = request.registers().into_iter().map(|at| registers[at]).collect();
        let edits = document::register_edits(request, &held);
        for edit in edits.iter().chain(&document::marks(writer, number)) {
            document::apply(&mut self.document, edit);
        }
        let lsn = Lsn(10 * (self.history.len() as u64 + 1));
        let at = lsn.0 * 100;
        let reply = is_told.then_some(Reply::Saved(lsn.0, held));
        self.asked.push(Asked { writer, number, request, at, ended: at + 50, reply });
        self.history.push(CommittedTransaction {
            txn: TxnId(Default::default()),
            first: lsn,
            lsn,
            timestamp: Default::default(),
            schema: None,
            note: document::note(writer, number),
            operations: Draft::of(json!({})).expect("an object").operations().to_vec(),
        });
    }

    fn of_three() -> Honest {
        let mut honest = Honest::new();
        honest.commit(0, 1, Request::Add(0, 5), true);
        honest.commit(1, 1, Request::Move(0, 1, 2), false);
        honest.commit(0, 2, Request::Swap(1, 2, 9), true);
        honest
    }

    fn settle(&self) -> Result<Settled, String> {
        Ledger::new().settle(&self.history, &self.asked, &self.document)
    }

    #[track_caller]
    fn breaks(&self, word: &str) {
        let error = self.settle().expect_err("a broken promise is found");
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn what_keeps_its_word_is_counted() {
    let honest = Honest::of_three();
    let tally = Tally { acknowledged: 2, unanswered_saved: 1, unanswered_gone: 0, others: 0 };
    assert_eq!(honest.settle().expect("sound").tally, tally);
    let mut ledger = Ledger::new();
    ledger
        .settle(
            &honest.history[..1],
            &honest.asked[..1],
            &json!({"registers": {"r0": 5}, "writers": {"w0": {"last": 1}}}),
        )
        .expect("a prefix");
    assert_eq!(
        ledger
            .settle(&honest.history, &honest.asked[1..], &honest.document)
            .map(|settled| settled.tally.acknowledged),
        Ok(1)
    );
    assert_eq!(ledger.registers(), [3, 9, 0, 0]);
}

#[test]
fn a_lost_transaction_is_found() {
    let mut honest = Honest::of_three();
    honest.history.pop();
    honest.breaks("lost: request 2 of writer 0 was acknowledged at LSN 30 and is not there");

    let mut ledger = Ledger::new();
    let honest = Honest::of_three();
    ledger.settle(&honest.history, &honest.asked, &honest.document).expect("sound");
    let shorter = ledger.settle(&honest.history[..2], &[], &honest.document);
    assert!(shorter.expect_err("it was there").starts_with("lost: the history had 3"));
}

#[test]
fn a_doubled_and_an_uninvited_transaction_are_found() {
    let mut honest = Honest::of_three();
    let mut again = honest.history[0].clone();
    again.lsn = Lsn(40);
    honest.history.push(again);
    honest.breaks("doubled: request 1 of writer 0, at LSN 40");

    let mut honest = Honest::of_three();
    honest.history[1].note = json!({"verb": "run"});
    honest.breaks("LSN 20 is a transaction nobody asked for");
}

#[test]
fn another_order_another_lsn_and_another_view_are_found() {
    let mut honest = Honest::of_three();
    honest.history.swap(0, 1);
    honest.breaks("its LSN does not follow");

    let mut honest = Honest::of_three();
    honest.asked[0].reply = Some(Reply::Saved(11, vec![0]));
    honest.breaks("its caller was told LSN 11");

    let mut honest = Honest::of_three();
    honest.asked[0].reply = Some(Reply::Saved(10, vec![1]));
    honest.breaks("it saw [1] where [0] was committed");

    let mut honest = Honest::of_three();
    honest.asked[1].request = Request::Swap(0, 4, 5);
    honest.breaks("though its condition did not hold");

    let mut honest = Honest::new();
    honest.commit(0, 2, Request::Add(0, 1), false);
    honest.commit(0, 1, Request::Add(0, 1), false);
    honest.breaks("it comes after request 2 of the same writer");
}

#[test]
fn a_change_that_was_refused_may_not_be_there_and_a_saved_one_must() {
    let refused =
        |outcome: &str| Some(Reply::Refused("LockTimeout".to_owned(), outcome.to_owned(), "busy".to_owned()));
    let mut honest = Honest::of_three();
    honest.asked[2].reply = refused("NotSaved");
    honest.breaks("it is there, and its caller was told");
    honest.asked[2].reply = refused("InDoubt");
    assert!(honest.settle().is_ok());
    let mut honest = Honest::of_three();
    honest.asked.push(Asked { number: 3, reply: refused("Saved"), ..honest.asked[2].clone() });
    honest.breaks("was called saved and is not there");
}

#[test]
fn half_a_transaction_in_the_state_is_found() {
    let mut honest = Honest::of_three();
    honest.document["writers"]["w1"]["last"] = json!(0);
    honest.breaks("they differ at \"/writers/w1/last\"");
    let mut honest = Honest::of_three();
    honest.document["writers"]["w1"]["never"] = json!(1);
    honest.breaks("/writers/w1/never");
    let mut honest = Honest::of_three();
    honest.document["registers"].as_object_mut().expect("they are there").remove("r1");
    honest.breaks("/registers/r1");
}

#[test]
fn the_round_is_a_history_that_ends_with_what_is_there() {
    let mut honest = Honest::of_three();
    let end = document::registers(&honest.document);
    let saved = honest.settle().expect("sound").saved;
    // Nothing of this is there, so it never happened.
    honest.asked.push(Asked { number: 2, ..honest.asked[1].clone() });
    let history = operations(&honest.asked, &saved, end);
    assert_eq!((history.len(), check_order([0; 4], &history)), (4, Ok(true)));
    let stale = [end[0] - 1, end[1], 0, 0];
    let error = check_order([0; 4], &operations(&honest.asked, &saved, stale)).expect_err("nobody wrote it");
    assert!(error.starts_with("not linearizable: no order explains more than 3 of the 4"), "{error}");
}
