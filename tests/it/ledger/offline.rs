//! Verification offline: what holds, and everything that must not.

use segue::ledger::checkpoint::Checkpoint;
use segue::ledger::note::{Signer, Vkey};
use segue::ledger::receipt::{BadReceipt, Receipt};
use segue::ledger::verify::{self, Anchor, Proven, Unproven};

use super::log::{Log, ORIGIN, granted};

fn check(export: &str, pinned: Option<&Vkey>, against: Option<&str>) -> Result<Proven, Unproven> {
    let anchor = against.map(|text| Anchor::read(text).unwrap());
    verify::export(export, pinned, anchor.as_ref())
}

#[test]
fn an_export_holds_by_its_own_key_and_by_a_known_one() {
    for size in [0, 1, 2, 7, 20] {
        let log = Log::with(size);
        let said = check(&log.export(), None, None).unwrap().to_string();
        assert!(said.contains("self-declared key") && said.contains(ORIGIN), "{said}");
        let said = check(&log.export(), Some(&log.signer.vkey()), None).unwrap().to_string();
        assert!(said.contains("the key given"), "{said}");
    }
    let stranger = Signer::new(ORIGIN, &[8; 32]).unwrap().vkey();
    assert_eq!(check(&Log::with(3).export(), Some(&stranger), None), Err(Unproven::OtherKey));
}

#[test]
fn an_export_with_other_spaces_and_no_last_newline_holds_too() {
    let spaced = Log::with(3).export().replace("\":", "\": ").replace(",\"", ", \"");
    assert!(check(spaced.trim_end(), None, None).is_ok());
}

#[test]
fn no_byte_of_an_export_can_be_changed() {
    let export = Log::with(3).export();
    for at in 0..export.len() {
        for changed in
            [export.as_bytes()[at] ^ 1, export.as_bytes()[at] ^ 0x20, b' ', b'\t', b'\n', b'0', b'A']
        {
            let mut bytes = export.as_bytes().to_vec();
            if bytes[at] == changed {
                continue;
            }
            bytes[at] = changed;
            let Ok(text) = String::from_utf8(bytes) else { continue };
            assert!(check(&text, None, None).is_err(), "byte {at} as {changed:#x}: {text}");
        }
    }
}

#[test]
fn leaves_cannot_be_lost_doubled_moved_or_added() {
    let log = Log::with(5);
    let export = log.export();
    let lines: Vec<&str> = export.lines().collect();
    let without = |at: usize| [&lines[..at], &lines[at + 1..]].concat().join("\n");
    assert!(matches!(
        check(&without(3), None, None),
        Err(Unproven::OutOfPlace { found: 3, expected: 2, .. })
    ));
    assert!(matches!(check(&without(5), None, None), Err(Unproven::OtherSize { found: 4, signed: 5 })));
    assert_eq!(check(&without(0), None, None), Err(Unproven::BadHead));
    let swapped = [lines[0], lines[2], lines[1], lines[3], lines[4], lines[5]].join("\n");
    assert!(check(&swapped, None, None).is_err());
    let renumbered = export.replace("\"index\":4", "\"index\":3").replacen("\"index\":3", "\"index\":4", 1);
    assert!(check(&renumbered, None, None).is_err());
    let more = Log::with(6).export();
    let longer = format!("{}{}\n", export, more.lines().last().unwrap());
    assert!(matches!(check(&longer, None, None), Err(Unproven::OtherSize { found: 6, signed: 5 })));
    assert_eq!(check("", None, None), Err(Unproven::BadHead));
}

#[test]
fn an_export_goes_on_from_every_head_that_was_kept() {
    let log = Log::with(9);
    for size in 1..=9 {
        let kept = log.receipt(size - 1, size).to_text();
        assert!(check(&log.export(), None, Some(&kept)).is_ok(), "receipt at {size}");
        assert!(check(&log.export(), None, Some(&log.checkpoint(size))).is_ok(), "checkpoint at {size}");
    }
}

#[test]
fn a_rewritten_and_resigned_ledger_fails_against_an_older_receipt() {
    let log = Log::with(9);
    let kept = log.receipt(4, 6).to_text();
    let mut leaves = log.leaves.clone();
    leaves[2] = granted(99);
    let rewritten = Log::of(leaves.clone());
    assert!(check(&rewritten.export(), None, None).is_ok(), "by itself it holds");
    assert_eq!(check(&rewritten.export(), None, Some(&kept)), Err(Unproven::Rewritten(6)));
    leaves.truncate(5);
    let shortened = check(&Log::of(leaves).export(), None, Some(&kept));
    assert_eq!(shortened, Err(Unproven::Shortened { found: 5, kept: 6 }));
}

#[test]
fn a_ledger_signed_by_a_new_key_fails_against_an_older_receipt() {
    let log = Log::with(5);
    let kept = log.receipt(1, 4).to_text();
    let resigned = Log { signer: Signer::new(ORIGIN, &[9; 32]).unwrap(), ..Log::with(5) };
    assert!(check(&resigned.export(), None, None).is_ok());
    assert!(matches!(check(&resigned.export(), None, Some(&kept)), Err(Unproven::BadAnchor(_))));
}

#[test]
fn a_receipt_survives_its_own_text_and_no_change() {
    let log = Log::with(6);
    let (receipt, key) = (log.receipt(2, 6), log.signer.vkey());
    let text = receipt.to_text();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nextra "), "{text}");
    assert_eq!(Receipt::parse(&text), Ok(receipt));
    let said = verify::receipt(&text, &key).unwrap().to_string();
    assert!(said.contains("consent.granted is leaf 2 of the 6 signed leaves"), "{said}");
    for at in 0..text.len() {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] ^= 1;
        let Ok(changed) = String::from_utf8(bytes) else { continue };
        assert!(verify::receipt(&changed, &key).is_err(), "byte {at}");
    }
    let moved = Receipt { index: 3, ..log.receipt(2, 6) };
    assert_eq!(moved.verify(&key), Err(BadReceipt::NotIncluded));
    let older = Receipt { checkpoint: Checkpoint::sign(&log.signer, 4, log.root(4)), ..log.receipt(2, 6) };
    assert_eq!(older.verify(&key), Err(BadReceipt::NotIncluded));
}
