//! `Splice`: the next version of some bytes, made of stretches of this one and of what is new, in the same memory.

/// Bytes on their way. What is taken over is taken in the order in which it lies in the version before.
#[derive(Debug, Default)]
pub(super) struct Splice {
    /// What is new, without what is taken over between it.
    fresh: Vec<u8>,
    /// What is taken over.
    taken: Vec<Stretch>,
    /// How many bytes that are.
    taken_bytes: usize,
}

/// Bytes that are taken over: where they will be, and where they are.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    to: usize,
    from: usize,
    len: usize,
}

impl Splice {
    /// How long the next version is so far.
    pub(super) fn len(&self) -> usize {
        self.fresh.len() + self.taken_bytes
    }

    /// Where new bytes are put.
    pub(super) fn fresh(&mut self) -> &mut Vec<u8> {
        &mut self.fresh
    }

    /// Takes `len` bytes over from an offset, if everything taken before lies before it.
    pub(super) fn take(&mut self, from: usize, len: usize) -> Option<()> {
        let to = self.len();
        match self.taken.last_mut() {
            Some(last) if from < last.from + last.len => return None,
            Some(last) if (last.from + last.len, last.to + last.len) == (from, to) => last.len += len,
            _ => self.taken.push(Stretch { to, from, len }),
        }
        self.taken_bytes += len;
        Some(())
    }

    /// Makes the next version of the one that it was taken from.
    pub(super) fn finish(self, mut bytes: Vec<u8>) -> Vec<u8> {
        let len = self.len();
        let Splice { fresh, taken, .. } = self;
        if taken.is_empty() {
            return fresh;
        }
        if bytes.len() < len {
            bytes.resize(len, 0);
        }
        // Both rows are in order. So what moves to the left, moved in order, comes over nothing that still has to be
        // moved, and so does afterwards what moves to the right, moved backwards.
        let mut shift = |stretch: &Stretch| {
            let Stretch { to, from, len } = *stretch;
            bytes.copy_within(from..from + len, to);
        };
        taken.iter().filter(|stretch| stretch.to < stretch.from).for_each(&mut shift);
        taken.iter().rev().filter(|stretch| stretch.to > stretch.from).for_each(&mut shift);
        bytes.truncate(len);
        let (mut at, mut fresh) = (0, &fresh[..]);
        for Stretch { to, len, .. } in taken.into_iter().chain([Stretch { to: len, from: 0, len: 0 }]) {
            let (here, rest) = fresh.split_at(to - at);
            bytes[at..to].copy_from_slice(here);
            (at, fresh) = (to + len, rest);
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_next_version_is_what_was_put_and_taken(
            before in prop::collection::vec(any::<u8>(), 0..300),
            parts in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..20), 0_usize..40, 0_usize..40), 0..20),
            end in prop::collection::vec(any::<u8>(), 0..50),
        ) {
            let (mut splice, mut expected, mut at) = (Splice::default(), Vec::new(), 0);
            for (fresh, skipped, len) in parts {
                splice.fresh().extend_from_slice(&fresh);
                expected.extend_from_slice(&fresh);
                let from = (at + skipped).min(before.len());
                let len = len.min(before.len() - from);
                prop_assert_eq!(splice.take(from, len), Some(()));
                expected.extend_from_slice(&before[from..from + len]);
                at = from + len;
                prop_assert_eq!(splice.len(), expected.len());
            }
            splice.fresh().extend_from_slice(&end);
            expected.extend_from_slice(&end);
            prop_assert_eq!(splice.finish(before), expected);
        }
    }

    #[test]
    fn nothing_is_taken_out_of_its_order() {
        let mut splice = Splice::default();
        assert_eq!(
            [splice.take(4, 2), splice.take(5, 1), splice.take(0, 4), splice.take(6, 1)],
            [Some(()), None, None, Some(())]
        );
        assert_eq!((splice.len(), splice.finish(b"abcdefgh".to_vec())), (3, b"efg".to_vec()));
    }

    #[test]
    fn what_stays_where_it_is_is_one_stretch_and_keeps_its_memory() {
        let before = b"one line, another line".to_vec();
        let memory = before.as_ptr();
        let mut splice = Splice::default();
        splice.fresh().extend_from_slice(b"ONE");
        for (from, len) in [(3, 6), (9, 0), (9, 13)] {
            splice.take(from, len).unwrap();
        }
        assert_eq!(splice.taken.len(), 1);
        let bytes = splice.finish(before);
        assert_eq!((&bytes[..], bytes.as_ptr()), (&b"ONE line, another line"[..], memory));
    }
}
