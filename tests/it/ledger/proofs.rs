//! Hashes, roots and proofs: the published values, everything that must fail, and another implementation as judge.

use std::path::Path;

use ct_merkle::RootHash;
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use segue::ledger::hash::Hash;
use segue::ledger::proof::{is_consistent, is_included};
use serde_json::Value;
use sha2::Sha256;

use super::log::Log;

pub fn fixture(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ledger").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn hash(value: &Value) -> Hash {
    Hash::from_slice(&hex::decode(value.as_str().unwrap()).unwrap()).unwrap()
}

fn hashes(value: &Value) -> Vec<Hash> {
    value.as_array().unwrap().iter().map(hash).collect()
}

/// The eight leaves of the published tree.
fn published(size: usize) -> Log {
    let fixture = fixture("rfc6962.json");
    let leaves = fixture["leaves"].as_array().unwrap().iter().take(size);
    Log::of(leaves.map(|leaf| hex::decode(leaf.as_str().unwrap()).unwrap()))
}

#[test]
fn hashes_are_the_published_ones() {
    let fixture = fixture("rfc6962.json");
    assert_eq!(Hash::of_nothing(), hash(&fixture["empty_root"]));
    assert_eq!(Log::with(0).edge.root(), Hash::of_nothing());
    assert_eq!(Hash::of_leaf(b"L123456"), hash(&fixture["single"]["leaf"][1]));
    let by_hand: [u8; 32] = <sha2::Sha256 as sha2::Digest>::digest(b"\x01N123N456").into();
    assert_eq!(Hash::new(by_hand), hash(&fixture["single"]["node"][2]));
    for (at, leaf) in fixture["leaves"].as_array().unwrap().iter().enumerate() {
        let bytes = hex::decode(leaf.as_str().unwrap()).unwrap();
        assert_eq!(Hash::of_leaf(&bytes), hash(&fixture["nodes"][format!("l{at}")]));
    }
    let node = |name: &str| hash(&fixture["nodes"][name]);
    assert_eq!(Hash::of_node(&node("l0"), &node("l1")), node("n01"));
    assert_eq!(Hash::of_node(&node("n45"), &node("l6")), node("n46"));
}

#[test]
fn roots_and_proofs_are_the_published_ones() {
    let (fixture, whole) = (fixture("rfc6962.json"), published(8));
    for (size, root) in (1..).zip(fixture["roots"].as_array().unwrap()) {
        assert_eq!(published(size).edge.root(), hash(root), "size {size}");
        assert_eq!(whole.root(size as u64), hash(root), "size {size} of 8");
    }
    for case in fixture["inclusion"].as_array().unwrap() {
        let (index, size) = (case["index"].as_u64().unwrap(), case["size"].as_u64().unwrap());
        let proof = whole.inclusion(index, size);
        assert_eq!(proof, hashes(&case["proof"]), "{case}");
        refuses_every_change_of_an_inclusion(&whole, index, size, &proof);
    }
    for case in fixture["consistency"].as_array().unwrap() {
        let (old, new) = (case["old"].as_u64().unwrap(), case["new"].as_u64().unwrap());
        let proof = whole.consistency(old, new);
        assert_eq!(proof, hashes(&case["proof"]), "{case}");
        refuses_every_change_of_a_consistency(&whole, old, new, &proof);
    }
}

/// The proof with a bit flipped, an element lost, doubled, added or cut, one case each.
fn spoiled(proof: &[Hash]) -> Vec<Vec<Hash>> {
    let mut cases = Vec::new();
    for at in 0..proof.len() {
        let (mut flipped, mut lost, mut doubled) = (proof.to_vec(), proof.to_vec(), proof.to_vec());
        let mut bytes = *proof[at].bytes();
        bytes[at % 32] ^= 1 << (at % 8);
        flipped[at] = Hash::new(bytes);
        lost.remove(at);
        doubled.insert(at, proof[at]);
        cases.extend([flipped, lost, doubled]);
    }
    for stranger in [Hash::of_nothing(), Hash::of_leaf(b"")] {
        cases.extend([[&[stranger], proof].concat(), [proof, &[stranger]].concat()]);
    }
    cases
}

fn flipped(hash: Hash) -> Hash {
    let mut bytes = *hash.bytes();
    bytes[31] ^= 0x80;
    Hash::new(bytes)
}

fn refuses_every_change_of_an_inclusion(log: &Log, index: u64, size: u64, proof: &[Hash]) {
    let leaf = Hash::of_leaf(&log.leaves[index as usize]);
    let root = log.root(size);
    assert!(is_included(&leaf, index, (size, &root), proof));
    for wrong in [index.wrapping_sub(1), index + 1, size, size + 1, u64::MAX] {
        assert!(!is_included(&leaf, wrong, (size, &root), proof), "index {wrong} for {index} of {size}");
    }
    for wrong in [0, size / 2, size * 2] {
        assert!(!is_included(&leaf, index, (wrong, &root), proof), "size {wrong} for {size}");
    }
    assert!(!is_included(&flipped(leaf), index, (size, &root), proof));
    assert!(!is_included(&leaf, index, (size, &flipped(root)), proof));
    assert!(!is_included(&root, index, (size, &leaf), proof) || size == 1);
    for wrong in spoiled(proof) {
        assert!(!is_included(&leaf, index, (size, &root), &wrong), "{index} of {size}: {wrong:?}");
    }
}

fn refuses_every_change_of_a_consistency(log: &Log, old: u64, new: u64, proof: &[Hash]) {
    let (old_root, new_root) = (log.root(old), log.root(new));
    assert!(is_consistent((old, &old_root), (new, &new_root), proof));
    assert!(!is_consistent((new, &new_root), (old, &old_root), proof), "{new} > {old}");
    assert!(!is_consistent((old, &new_root), (new, &old_root), proof), "swapped roots");
    assert!(!is_consistent((old, &flipped(old_root)), (new, &new_root), proof));
    assert!(!is_consistent((old, &old_root), (new, &flipped(new_root)), proof));
    assert!(
        !is_consistent((0, &Hash::of_nothing()), (new, &new_root), proof),
        "nothing is shown from nothing"
    );
    for wrong in spoiled(proof) {
        assert!(!is_consistent((old, &old_root), (new, &new_root), &wrong), "{old} > {new}: {wrong:?}");
    }
}

#[test]
fn equal_sizes_need_equal_roots_and_no_proof() {
    let log = published(8);
    for size in 1..=8 {
        let root = log.root(size);
        assert!(is_consistent((size, &root), (size, &root), &[]));
        assert!(!is_consistent((size, &root), (size, &flipped(root)), &[]));
        assert!(!is_consistent((size, &root), (size, &root), &[root]));
    }
    let nothing = Hash::of_nothing();
    assert!(!is_consistent((0, &nothing), (0, &nothing), &[]));
    assert!(!is_consistent((0, &nothing), (8, &log.root(8)), &[]));
}

/// A tree of another implementation over the same leaves.
fn judge(log: &Log) -> MemoryBackedTree<Sha256, Vec<u8>> {
    let mut tree = MemoryBackedTree::new();
    log.leaves.iter().for_each(|leaf| tree.push(leaf.clone()));
    tree
}

fn bytes(proof: &[Hash]) -> Vec<u8> {
    proof.iter().flat_map(|hash| *hash.bytes()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn another_implementation_agrees(
        leaves in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..130),
        at in any::<prop::sample::Index>(),
    ) {
        let log = Log::of(leaves.clone());
        let (tree, size, at) = (judge(&log), leaves.len(), at.index(leaves.len()));
        let root: RootHash<Sha256> = tree.root();
        prop_assert_eq!(root.as_bytes().to_vec(), log.edge.root().bytes().to_vec());
        let inclusion = log.inclusion(at as u64, size as u64);
        prop_assert_eq!(tree.prove_inclusion(at).as_bytes().to_vec(), bytes(&inclusion));
        let leaf = Hash::of_leaf(&leaves[at]);
        prop_assert!(is_included(&leaf, at as u64, (size as u64, &log.edge.root()), &inclusion));
        let old = at + 1;
        let consistency = log.consistency(old as u64, size as u64);
        prop_assert_eq!(tree.prove_consistency(size - old).as_bytes().to_vec(), bytes(&consistency));
        let heads = ((old as u64, &log.root(old as u64)), (size as u64, &log.edge.root()));
        prop_assert!(is_consistent(heads.0, heads.1, &consistency));
    }

    #[test]
    fn a_tree_grown_leaf_by_leaf_is_the_tree_read_from_its_subtrees(count in 0u64..300) {
        let log = Log::with(count);
        let read = segue::ledger::tree::Edge::of(count, &log.known).unwrap();
        prop_assert_eq!(&read, &log.edge);
        prop_assert_eq!(log.known.len() as u64, if count == 0 { 0 } else { 2 * count - u64::from(count.count_ones()) });
    }
}
