//! A database with consents to seal, and sequencers on it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use segue::clock::{Clock, chance, random};
use segue::coordination::Coordination;
use segue::domain::channel::Channel;
use segue::domain::consent::{Consent, ConsentState, Purpose};
use segue::domain::id::{ConsentId, CustomerId, IdentityId, ReplicaId, WorkspaceId};
use segue::domain::identity::{Identity, Namespace};
use segue::ledger::leaf::{LeafEvent, Terms};
use segue::ledger::verify::{self, Anchor, Proven, Unproven};
use segue::sequencer::{Anchors, Heads, Sealing, Sequencer};
use segue::store::identity::{self, KnownIdentity};
use segue::store::ledger::{self, Entry, Head, HeadRecord};
use segue::store::{Store, consent};
use segue::vault::Key;
use serde_json::json;

use crate::relay::kit::{Closed, put};
use crate::support::engines::TestStore;

pub struct Bench {
    pub db: TestStore,
    pub workspace: WorkspaceId,
}

/// A customer with a consent.
pub struct Party {
    pub known: KnownIdentity,
    pub consent: ConsentId,
}

impl Bench {
    pub async fn new(db: TestStore) -> Self {
        let workspace = db.store.ensure_default_workspace(db.clock.now()).await.unwrap();
        Self { db, workspace }
    }

    pub fn heads_dir(&self) -> PathBuf {
        self.db.folder().join("ledger-heads")
    }

    pub fn record_path(&self) -> PathBuf {
        self.heads_dir().join(format!("{}.json", self.workspace))
    }

    pub fn heads(&self) -> Heads {
        Heads::new(&self.heads_dir())
    }

    pub fn sequencer(&self) -> Sequencer {
        self.sequencer_with(self.db.store.clone(), self.heads())
    }

    pub fn sequencer_with(&self, store: Store, heads: impl HeadRecord + 'static) -> Sequencer {
        let now = self.db.clock.now();
        let anchors = Anchors::new(&self.heads_dir().join("anchors"), Duration::from_secs(3600));
        let sealing = Sealing::new(Arc::new(Closed::new(now)), heads, anchors, "segue.example");
        let replica = ReplicaId::new(now, &chance());
        let coordination = Arc::new(Coordination::local());
        Sequencer::new(store, self.db.clock.clone(), coordination, replica).with_ledgers(sealing)
    }

    /// A customer who was asked, all of it stored.
    pub async fn party(&self) -> Party {
        let party = party(&self.db.store, &self.workspace, self.db.clock.now());
        self.put(&party).await;
        party
    }

    async fn put(&self, party: &Party) {
        let now = self.db.clock.now();
        let mut writes = Vec::from(identity::insert(&party.known, self.db.store.vault(), now));
        writes.push(consent::insert(&record(party, now), now));
        writes.extend(entry(party, LeafEvent::Requested, now));
        put(&self.db, writes).await;
    }

    /// So many customers, each with one event waiting.
    pub async fn parties(&self, count: usize) -> Vec<Party> {
        let mut parties = Vec::with_capacity(count);
        for _ in 0..count {
            parties.push(self.party().await);
        }
        parties
    }

    pub async fn happens(&self, party: &Party, event: LeafEvent) {
        put(&self.db, entry(party, event, self.db.clock.now())).await;
    }

    pub async fn head(&self) -> Head {
        self.db.store.ledger_head(&self.workspace).await.unwrap().unwrap()
    }

    pub async fn export(&self) -> String {
        export(&self.db.store, &self.workspace).await
    }

    pub async fn verify(&self, against: Option<&str>) -> Result<Proven, Unproven> {
        let anchor = against.map(|text| Anchor::read(text).unwrap());
        verify::export(&self.export().await, None, anchor.as_ref())
    }

    /// Lets a ledger whose signer refused be looked at again.
    pub fn wait(&self) {
        self.db.clock.advance(Duration::from_secs(6));
    }
}

/// The export of a ledger, as the command prints it.
pub async fn export(store: &Store, workspace: &WorkspaceId) -> String {
    use segue::ledger::export::{Head, Line};
    let head = store.ledger_head(workspace).await.unwrap().unwrap();
    let vkey = store.ledger_vkey(workspace).await.unwrap().unwrap();
    let leaves = store.ledger_leaves(workspace, (0, head.size), i64::MAX).await.unwrap();
    let origin = vkey.split('+').next().unwrap();
    let lines = leaves.iter().map(|(index, leaf)| Line::new(*index, leaf).to_line());
    let all = [Head::new(origin, &vkey, &head.checkpoint).to_line()].into_iter().chain(lines);
    all.map(|line| line + "\n").collect()
}

/// A customer with a phone of their own.
pub fn party(store: &Store, workspace: &WorkspaceId, now: segue::domain::time::Timestamp) -> Party {
    let (number, namespace) = (format!("+1202555{:05}", u16::from_be_bytes(random())), Namespace::phone());
    let (vault, customer) = (store.vault(), CustomerId::new(now, &chance()));
    Party {
        known: KnownIdentity {
            identity: Identity {
                id: IdentityId::new(now, &chance()),
                workspace_id: workspace.clone(),
                namespace: namespace.clone(),
                customer_id: customer.clone(),
                own_customer_id: customer,
                erased_at: None,
                event_seq: 0,
                profile_body_id: None,
                version: 1,
            },
            key: Key::new(random()),
            blind: random::<32>().to_vec(),
            suppression_key: vault.suppression_key(workspace, &namespace, &number).to_vec(),
            external_id: number,
        },
        consent: ConsentId::new(now, &chance()),
    }
}

/// The consent as it is asked for.
pub fn record(party: &Party, now: segue::domain::time::Timestamp) -> Consent {
    Consent {
        id: party.consent.clone(),
        workspace_id: party.known.identity.workspace_id.clone(),
        identity_id: party.known.identity.id.clone(),
        counterpart_id: None,
        handoff_id: None,
        purpose: Purpose::HandoffRelay,
        channel: Channel::parse("sms").unwrap(),
        state: ConsentState::Requested,
        method: None,
        language: "en".into(),
        notice: None,
        prompt_message_id: None,
        evidence_message_id: None,
        is_imported: false,
        requested_at: Some(now),
        granted_at: None,
        ended_at: None,
        valid_until: None,
        ledger_index: None,
        event_seq: 0,
        version: 1,
        created_at: now,
    }
}

pub fn entry(
    party: &Party,
    event: LeafEvent,
    at: segue::domain::time::Timestamp,
) -> Vec<segue::store::Write> {
    let terms =
        Terms { purpose: Some("handoff.relay".into()), channel: Some("sms".into()), ..Terms::default() };
    let evidence = json!({"text": "JOIN 7F3K9QXD"});
    let entry = Entry { record_id: party.consent.as_str(), event, at, terms, evidence };
    ledger::record(&party.known, entry).into()
}
