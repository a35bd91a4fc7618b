//! Verification of proofs (RFC 9162, 2.1.3.2 and 2.1.4.2). Sizes and roots must come from a verified checkpoint: a proof
//! alone does not bind them.

use super::hash::Hash;

/// Whether `proof` shows that `leaf` is the leaf number `index` of the tree of that size and root.
#[must_use]
pub fn is_included(leaf: &Hash, index: u64, (size, root): (u64, &Hash), proof: &[Hash]) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if at % 2 == 1 || at == last {
            hash = Hash::of_node(sibling, &hash);
            while at % 2 == 0 && at != 0 {
                at /= 2;
                last /= 2;
            }
        } else {
            hash = Hash::of_node(&hash, sibling);
        }
        at /= 2;
        last /= 2;
    }
    last == 0 && hash == *root
}

/// Whether `proof` shows that the new tree begins with all of the old one. From a tree without leaves nothing can be
/// shown, so that is `false`, even between two of them.
#[must_use]
pub fn is_consistent(old: (u64, &Hash), new: (u64, &Hash), proof: &[Hash]) -> bool {
    let ((old_size, old_root), (new_size, new_root)) = (old, new);
    if old_size == 0 || old_size > new_size {
        return false;
    }
    if old_size == new_size {
        return proof.is_empty() && old_root == new_root;
    }
    let mut rest = proof.iter().copied();
    let first = if old_size.is_power_of_two() { Some(*old_root) } else { rest.next() };
    let Some(first) = first else { return false };
    let (mut at, mut last) = (old_size - 1, new_size - 1);
    while at % 2 == 1 {
        at /= 2;
        last /= 2;
    }
    let (mut from_old, mut from_new) = (first, first);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if at % 2 == 1 || at == last {
            from_old = Hash::of_node(&sibling, &from_old);
            from_new = Hash::of_node(&sibling, &from_new);
            while at % 2 == 0 && at != 0 {
                at /= 2;
                last /= 2;
            }
        } else {
            from_new = Hash::of_node(&from_new, &sibling);
        }
        at /= 2;
        last /= 2;
    }
    last == 0 && from_old == *old_root && from_new == *new_root
}
