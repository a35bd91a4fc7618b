//! A ledger in memory, to make exports and receipts of.

use segue::domain::time::Timestamp;
use segue::ledger::checkpoint::Checkpoint;
use segue::ledger::export::{Head, Line};
use segue::ledger::hash::Hash;
use segue::ledger::leaf::{Leaf, LeafEvent, Terms};
use segue::ledger::note::Signer;
use segue::ledger::receipt::Receipt;
use segue::ledger::tree::{self, Edge, Known};

pub const ORIGIN: &str = "segue.example/ledger/one";

/// A ledger with everything that is in it.
pub struct Log {
    pub signer: Signer,
    pub edge: Edge,
    pub known: Known,
    pub leaves: Vec<Vec<u8>>,
}

impl Log {
    /// Over these leaves.
    pub fn of(leaves: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let signer = Signer::new(ORIGIN, &[7; 32]).unwrap();
        let mut log = Self { signer, edge: Edge::default(), known: Known::new(), leaves: Vec::new() };
        for leaf in leaves {
            log.known.extend(log.edge.append(Hash::of_leaf(&leaf)));
            log.leaves.push(leaf);
        }
        log
    }

    /// With so many consent events.
    pub fn with(count: u64) -> Self {
        Self::of((0..count).map(granted))
    }

    pub fn size(&self) -> u64 {
        self.edge.size()
    }

    pub fn vkey(&self) -> String {
        self.signer.vkey().to_string()
    }

    /// The signed head at a size it has now or had before.
    pub fn checkpoint(&self, size: u64) -> String {
        Checkpoint::sign(&self.signer, size, self.root(size))
    }

    pub fn root(&self, size: u64) -> Hash {
        tree::Span::whole(size).hash(&self.known).unwrap()
    }

    pub fn inclusion(&self, index: u64, size: u64) -> Vec<Hash> {
        self.hashes(tree::inclusion(index, size).unwrap())
    }

    pub fn consistency(&self, old: u64, new: u64) -> Vec<Hash> {
        self.hashes(tree::consistency(old, new).unwrap())
    }

    fn hashes(&self, spans: Vec<tree::Span>) -> Vec<Hash> {
        spans.into_iter().map(|span| span.hash(&self.known).unwrap()).collect()
    }

    pub fn receipt(&self, index: u64, size: u64) -> Receipt {
        Receipt {
            leaf: self.leaves[usize::try_from(index).unwrap()].clone(),
            index,
            proof: self.inclusion(index, size),
            checkpoint: self.checkpoint(size),
        }
    }

    pub fn export(&self) -> String {
        let head = Head::new(ORIGIN, &self.vkey(), &self.checkpoint(self.size()));
        let lines = (0..).zip(&self.leaves).map(|(index, leaf)| Line::new(index, leaf).to_line());
        [head.to_line()].into_iter().chain(lines).map(|line| line + "\n").collect()
    }
}

/// A leaf of its own.
pub fn granted(number: u64) -> Vec<u8> {
    let leaf = Leaf {
        record_id: format!("cns_{number}"),
        event: LeafEvent::Granted,
        at: Timestamp::from_millis(1_795_342_500_123),
        terms: Terms {
            purpose: Some("handoff.relay".into()),
            channel: Some("sms".into()),
            ..Terms::default()
        },
        subject_commitment: Some([1; 32]),
        payload_ct_sha256: None,
        key_id: None,
    };
    leaf.bytes()
}
