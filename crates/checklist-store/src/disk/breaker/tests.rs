//! Every transition of the circuit breaker, and what holds for any sequence of attempts.

use super::*;
use proptest::prelude::*;

const OPEN_FOR: Duration = Duration::from_secs(60);

fn at(seconds: u64) -> Instant {
    Instant::from_nanos(seconds * 1_000_000_000)
}

fn breaker(failures: u32, probes: u32) -> CircuitBreaker {
    CircuitBreaker::new(BreakerOptions { failures, open_for: OPEN_FOR, probes })
}

/// Makes one attempt that ends at once.
fn attempt(breaker: &mut CircuitBreaker, outcome: Attempt, now: Instant) {
    let permit = breaker.admit(now).expect("the attempt is let through");
    breaker.settle(permit, outcome, now);
}

fn opened(failures: u32, probes: u32) -> CircuitBreaker {
    let mut breaker = breaker(failures, probes);
    (0..failures).for_each(|_| attempt(&mut breaker, Attempt::Failed, at(0)));
    assert_eq!(breaker.state(), BreakerState::Open);
    breaker
}

#[test]
fn failures_in_a_row_open_it_and_a_success_between_them_does_not() {
    let mut breaker = CircuitBreaker::new(BreakerOptions::default());
    for _ in 0..3 {
        (0..4).for_each(|_| attempt(&mut breaker, Attempt::Failed, at(0)));
        attempt(&mut breaker, Attempt::Void, at(0));
        assert_eq!((breaker.state(), breaker.failures()), (BreakerState::Closed, 4));
        attempt(&mut breaker, Attempt::Succeeded, at(0));
        assert_eq!(breaker.failures(), 0);
    }
    (0..5).for_each(|_| attempt(&mut breaker, Attempt::Failed, at(0)));
    assert_eq!((breaker.state(), breaker.failures()), (BreakerState::Open, 5));
}

#[test]
fn open_it_refuses_until_its_time_and_says_how_long() {
    let mut breaker = opened(5, 1);
    for (now, left) in [(0, 60), (1, 59), (59, 1)] {
        let refused = breaker.admit(at(now)).expect_err("it is open");
        assert_eq!(refused, Refused { retry_in: Duration::from_secs(left), failures: 5 });
        assert_eq!(breaker.state(), BreakerState::Open);
    }
    let almost = breaker.admit(Instant::from_nanos(59_999_999_999)).expect_err("it is open");
    assert_eq!(almost.to_string(), "5 attempts in a row failed; the next is made in 1 s");
    let _probe = breaker.admit(at(60)).expect("its time is over");
    assert_eq!(breaker.state(), BreakerState::HalfOpen);
}

#[test]
fn half_open_it_lets_its_probes_through_and_no_more() {
    let mut breaker = opened(5, 1);
    let probe = breaker.admit(at(60)).expect("the probe is let through");
    let refused = breaker.admit(at(1000)).expect_err("one probe at a time");
    assert_eq!(refused.to_string(), "5 attempts in a row failed, and one more is under way");
    breaker.settle(probe, Attempt::Void, at(61));
    assert_eq!(breaker.state(), BreakerState::HalfOpen, "a probe that was given up decides nothing");
    attempt(&mut breaker, Attempt::Succeeded, at(62));
    assert_eq!((breaker.state(), breaker.failures()), (BreakerState::Closed, 0));
}

#[test]
fn a_probe_that_fails_opens_it_for_the_whole_time_again() {
    let mut breaker = opened(5, 1);
    attempt(&mut breaker, Attempt::Failed, at(70));
    assert_eq!((breaker.state(), breaker.failures()), (BreakerState::Open, 6));
    let refused = breaker.admit(at(100)).expect_err("it is open again");
    assert_eq!(refused.retry_in, Duration::from_secs(30));
    assert!(breaker.admit(at(130)).is_ok());
}

#[test]
fn several_probes_must_all_succeed() {
    let mut breaker = opened(2, 3);
    let probes: Vec<Permit> = (0..3).map(|_| breaker.admit(at(60)).expect("a probe")).collect();
    assert!(breaker.admit(at(60)).is_err());
    let mut probes = probes.into_iter();
    for _ in 0..2 {
        breaker.settle(probes.next().expect("a probe"), Attempt::Succeeded, at(61));
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
    }
    breaker.settle(probes.next().expect("a probe"), Attempt::Succeeded, at(61));
    assert_eq!(breaker.state(), BreakerState::Closed);
}

#[test]
fn what_was_let_through_in_an_earlier_state_decides_nothing() {
    let mut breaker = breaker(1, 1);
    let late_success = breaker.admit(at(0)).expect("it is closed");
    let late_failure = breaker.admit(at(0)).expect("it is closed");
    attempt(&mut breaker, Attempt::Failed, at(0));
    breaker.settle(late_success, Attempt::Succeeded, at(1));
    assert_eq!(breaker.state(), BreakerState::Open);
    let probe = breaker.admit(at(60)).expect("a probe");
    breaker.settle(late_failure, Attempt::Failed, at(60));
    assert_eq!(breaker.state(), BreakerState::HalfOpen);
    breaker.settle(probe, Attempt::Succeeded, at(60));
    assert_eq!(breaker.state(), BreakerState::Closed);
}

#[test]
fn zero_failures_never_open_it_and_zero_probes_count_as_one() {
    let mut never = breaker(0, 1);
    (0..100).for_each(|_| attempt(&mut never, Attempt::Failed, at(0)));
    assert_eq!(never.state(), BreakerState::Closed);
    let mut one = opened(1, 0);
    attempt(&mut one, Attempt::Succeeded, at(60));
    assert_eq!(one.state(), BreakerState::Closed);
}

#[test]
fn a_clock_that_stands_still_or_goes_back_only_makes_it_more_patient() {
    let mut breaker = breaker(1, 1);
    attempt(&mut breaker, Attempt::Failed, at(100));
    assert_eq!(breaker.admit(at(40)).expect_err("it is open").retry_in, OPEN_FOR);
    assert!(breaker.admit(at(160)).is_ok());
}

#[derive(Clone, Debug)]
enum Step {
    Ask,
    Settle(usize, Attempt),
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let outcome = prop_oneof![Just(Attempt::Succeeded), Just(Attempt::Failed), Just(Attempt::Void)];
    prop_oneof![
        4 => Just(Step::Ask),
        4 => (0_usize..4, outcome).prop_map(|(which, outcome)| Step::Settle(which, outcome)),
        1 => (0_u64..90).prop_map(Step::Pass),
    ]
}

proptest! {
    /// Open it lets nothing through before its time; half-open never more than its probes; and with time and
    /// success it always closes again.
    #[test]
    fn it_keeps_its_word_for_any_sequence(
        steps in prop::collection::vec(step(), 0..200), failures in 1_u32..4, probes in 1_u32..3,
    ) {
        let mut breaker = breaker(failures, probes);
        let (mut now, mut open_since, mut in_a_row) = (0, None, 0);
        let mut held: Vec<(Permit, u64)> = Vec::new();
        for step in steps {
            let before = breaker.state();
            match step {
                Step::Ask => match breaker.admit(at(now)) {
                    Ok(permit) => {
                        if let Some(since) = open_since {
                            prop_assert!(before != BreakerState::Open || now >= since + 60);
                        }
                        let epoch = permit.epoch;
                        held.push((permit, epoch));
                    }
                    Err(refused) => {
                        prop_assert!(before != BreakerState::Closed);
                        prop_assert!(refused.failures >= failures);
                        prop_assert!(refused.retry_in <= OPEN_FOR);
                    }
                },
                Step::Settle(which, outcome) if !held.is_empty() => {
                    let (permit, epoch) = held.remove(which % held.len());
                    if before == BreakerState::Closed && epoch == breaker.epoch {
                        in_a_row = match outcome {
                            Attempt::Failed => in_a_row + 1,
                            Attempt::Succeeded => 0,
                            Attempt::Void => in_a_row,
                        };
                    }
                    breaker.settle(permit, outcome, at(now));
                }
                Step::Settle(..) => {}
                Step::Pass(seconds) => now += seconds,
            }
            let after = breaker.state();
            if (before, after) == (BreakerState::Closed, BreakerState::Closed) {
                prop_assert_eq!(breaker.failures(), in_a_row);
                prop_assert!(in_a_row < failures, "it should have opened");
            }
            if after == BreakerState::Open && before != BreakerState::Open {
                prop_assert!(before == BreakerState::HalfOpen || in_a_row == failures);
                open_since = Some(now);
                in_a_row = 0;
            }
            if before == BreakerState::HalfOpen && after == BreakerState::Closed {
                in_a_row = 0;
            }
            if after == BreakerState::HalfOpen {
                let under_way = held.iter().filter(|(_, epoch)| *epoch == breaker.epoch).count();
                prop_assert!(under_way <= probes as usize, "{under_way} probes");
            }
        }
        for (permit, _) in held {
            breaker.settle(permit, Attempt::Void, at(now));
        }
        for _ in 0..=probes {
            now += 61;
            attempt(&mut breaker, Attempt::Succeeded, at(now));
        }
        prop_assert_eq!(breaker.state(), BreakerState::Closed);
    }
}

#[test]
fn a_breaker_tells_how_patient_it_was_made() {
    let options = BreakerOptions { failures: 2, open_for: Duration::from_secs(7), probes: 3 };
    assert_eq!(CircuitBreaker::new(options).options(), options);
}
