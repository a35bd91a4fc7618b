//! Signed notes, checkpoints, commitments and canonical JSON, by published and worked values.

use segue::ledger::canonical::canonical;
use segue::ledger::checkpoint::Checkpoint;
use segue::ledger::note::{NoteError, Signer, Vkey, verify};
use segue::ledger::record::RecordKey;
use serde_json::{Value, json};

use super::proofs::fixture;

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn seed(value: &Value) -> [u8; 32] {
    hex::decode(text(value)).unwrap().try_into().unwrap()
}

#[test]
fn the_example_of_the_specification_verifies() {
    let example = &fixture("notes.json")["example"];
    let key = Vkey::parse(text(&example["vkey"])).unwrap();
    assert_eq!(key.to_string(), text(&example["vkey"]));
    assert_eq!(verify(text(&example["note"]), &[&key]), Ok(text(&example["text"])));
}

#[test]
fn checkpoints_are_signed_to_the_byte_and_open_again() {
    let fixture = fixture("notes.json");
    let signer = Signer::new("example.com/handoff-ledger", &seed(&fixture["seed"])).unwrap();
    assert_eq!(signer.vkey().to_string(), text(&fixture["vkey"]));
    for (size, note) in (7..).zip(fixture["checkpoints"].as_array().unwrap()) {
        let checkpoint = Checkpoint::open(text(note), &signer.vkey()).unwrap();
        assert_eq!((checkpoint.size, checkpoint.origin.as_str()), (size, "example.com/handoff-ledger"));
        assert_eq!(Checkpoint::sign(&signer, size, checkpoint.root), text(note));
    }
}

#[test]
fn a_witness_is_heard_beside_the_log() {
    let fixture = fixture("notes.json");
    let signed = format!("{}{}", text(&fixture["checkpoints"][1]), text(&fixture["witness"]["line"]));
    let log = Vkey::parse(text(&fixture["vkey"])).unwrap();
    let witness = Vkey::parse(text(&fixture["witness"]["vkey"])).unwrap();
    assert!(verify(&signed, &[&log]).is_ok(), "unknown signatures are ignored");
    assert!(verify(&signed, &[&witness]).is_ok());
    assert!(verify(&signed, &[&log, &witness]).is_ok());
    assert_eq!(verify(text(&fixture["checkpoints"][1]), &[&witness]), Err(NoteError::NotSigned));
    let later = signed.replace("dHIgBAAAAABpVbkA", "dHIgBAAAAABpVbkB");
    assert_eq!(verify(&later, &[&witness]), Err(NoteError::Mismatch), "another time");
}

#[test]
fn no_changed_note_verifies() {
    let fixture = fixture("notes.json");
    let (note, key) = (text(&fixture["checkpoints"][0]), Vkey::parse(text(&fixture["vkey"])).unwrap());
    for at in 0..note.len() {
        for bit in 0..8 {
            let mut bytes = note.as_bytes().to_vec();
            bytes[at] ^= 1 << bit;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            assert!(Checkpoint::open(&changed, &key).is_err(), "byte {at} bit {bit}");
        }
    }
    for wrong in ["", "\n", "x\n\n", "\n\n", &note[..note.len() - 1], &note.replace('\n', "\r\n")] {
        assert!(Checkpoint::open(wrong, &key).is_err(), "{wrong:?}");
    }
}

#[test]
fn a_verifier_key_has_one_spelling() {
    let fixture = fixture("notes.json");
    let key = text(&fixture["vkey"]);
    for wrong in [
        key.replace("7ee4017e", "7EE4017E"),
        key.replace("7ee4017e", "7ee4017f"),
        key.replace("example.com/handoff", "example.com/ handoff"),
        format!("{key} "),
        key.replace("example.com/handoff-ledger", ""),
        String::new(),
        "a+b".into(),
    ] {
        assert!(Vkey::parse(&wrong).is_err(), "{wrong}");
    }
}

#[test]
fn an_unusual_head_is_not_a_checkpoint() {
    let signer = Signer::new("log", &[1; 32]).unwrap();
    let root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    let opens = |text: &str| Checkpoint::open(&signer.sign(text), &signer.vkey()).is_ok();
    assert!(opens(&format!("log\n0\n{root}\n")));
    assert!(opens(&format!("log\n0\n{root}\nan extension\n")));
    for text in
        ["log\n00\n{}\n", "log\n+1\n{}\n", "log\n-1\n{}\n", "other\n1\n{}\n", "log\n1\n{}A\n", "log\n1\n"]
    {
        assert!(!opens(&text.replace("{}", root)), "{text:?}");
    }
}

#[test]
fn a_commitment_is_the_worked_one() {
    let worked = &fixture("notes.json")["commitment"];
    let key = RecordKey::new(seed(&worked["key"]));
    assert_eq!(hex::encode(key.commit(&worked["identity"]).unwrap()), text(&worked["commitment"]));
}

#[test]
fn evidence_opens_only_for_its_own_record_and_key() {
    let (key, other) = (RecordKey::new([1; 32]), RecordKey::new([2; 32]));
    let sealed = key.seal([3; 24], "cns_1", b"JOIN 7F3K9QXD");
    assert_eq!(key.open("cns_1", &sealed).as_deref(), Some(&b"JOIN 7F3K9QXD"[..]));
    assert_eq!(key.open("cns_2", &sealed), None);
    assert_eq!(other.open("cns_1", &sealed), None);
    assert_eq!(key.open("cns_1", &sealed[..20]), None);
    assert_ne!(key.id(), other.id());
    assert_eq!(format!("{key:?}"), "RecordKey(..)");
}

#[test]
fn json_has_one_spelling() {
    let value = json!({"b": [1, -2, true, null], "a": "é\u{1}\"\\\n\u{7f}", "\u{10000}": 1, "\u{ffff}": 2});
    let text = canonical(&value).unwrap();
    // UTF-16 order: a surrogate comes before U+FFFF.
    assert_eq!(
        text,
        "{\"a\":\"é\\u0001\\\"\\\\\\n\u{7f}\",\"b\":[1,-2,true,null],\"\u{10000}\":1,\"\u{ffff}\":2}"
    );
    assert!(canonical(&json!(1.5)).is_err());
    assert!(canonical(&json!({"a": [9_007_199_254_740_993_i64]})).is_err());
}
