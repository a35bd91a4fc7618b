//! What is said along a handoff: the words, the secrets in them, and the consents they ask for.

use std::sync::LazyLock;

use super::agree::{Question, request};
use super::effect::account_side;
use super::{Act, happen};
use crate::bridge::draft::{Draft, Letter};
use crate::clock;
use crate::domain::consent::{Notice, Purpose};
use crate::domain::event::EventType;
use crate::domain::handoff::proof::{Proof, ProofKind, ProofState};
use crate::domain::handoff::{Ask, Handoff, HandoffState, Input, Path, Side};
use crate::domain::id::{ConnectionId, ConversationId, HandoffId, IdentityId, MessageId, WorkspaceId};
use crate::domain::texts::{self, OwnTexts, Rendered, TextName, Vars};
use crate::domain::workspace::Limits;
use crate::providers;
use crate::store::{consent, proof};

const BOTH: &[Purpose] = &[Purpose::HandoffRelay, Purpose::IdentityLink];
const RELAY: &[Purpose] = &[Purpose::HandoffRelay];

/// Puts a question, or says how it stands.
pub(super) fn ask(draft: &mut Draft<'_>, id: &HandoffId, ask: &Ask) {
    let handoff = draft.world.handoffs[id].value.clone();
    match ask {
        Ask::Here => put(draft, &handoff, (Side::Account, None), &Words::of(TextName::Here, RELAY)),
        Ask::Token => put(
            draft,
            &handoff,
            (Side::Account, None),
            &Words::secret(TextName::Token, BOTH, ProofKind::Token),
        ),
        Ask::Phrase(phone) => {
            let words = Words::secret(TextName::Phrase, BOTH, ProofKind::Phrase);
            put(draft, &handoff, (Side::Target, Some(phone)), &words);
        }
        Ask::Code(phone) => {
            put(
                draft,
                &handoff,
                (Side::Target, Some(phone)),
                &Words::secret(TextName::Code, &[], ProofKind::Code),
            );
        }
        Ask::Agree => {
            let purposes = if handoff.path == Path::P5 { RELAY } else { BOTH };
            put(draft, &handoff, (Side::Target, None), &Words::of(TextName::Agree, purposes));
        }
        Ask::Confirm => confirm(draft, &handoff),
        Ask::Joined => put(draft, &handoff, (Side::Account, None), &Words::of(TextName::Joined, &[])),
        Ask::Declined(side) => put(draft, &handoff, (*side, None), &Words::of(TextName::Declined, &[])),
    }
}

/// A text, with the secret it carries and the purposes it asks for.
struct Words {
    name: TextName,
    purposes: &'static [Purpose],
    secret: Option<ProofKind>,
}

impl Words {
    const fn of(name: TextName, purposes: &'static [Purpose]) -> Self {
        Self { name, purposes, secret: None }
    }

    const fn secret(name: TextName, purposes: &'static [Purpose], kind: ProofKind) -> Self {
        Self { name, purposes, secret: Some(kind) }
    }
}

fn put(draft: &mut Draft<'_>, handoff: &Handoff, to: (Side, Option<&IdentityId>), words: &Words) {
    let Some(talk) = place(draft, handoff, to) else { return };
    let asked = draft.world.conversations[&talk].value.identity_id.clone();
    let mut vars = vars_to(draft, handoff, to.1.or(handoff.target_id.as_ref()));
    if let Some(kind) = words.secret {
        let secret = issue(draft, handoff, kind, &asked, to.1);
        vars = vars.with(kind.as_str(), secret);
    }
    let rendered = render(draft, &handoff.workspace_id, words.name, &handoff.language, &vars);
    let prompt = say_rendered(draft, &talk, words.name, &rendered);
    if !words.purposes.is_empty() {
        keep_notice(draft, handoff, words.name, &rendered);
        let question =
            Question { asked: &asked, purposes: words.purposes, notice: &rendered, prompt: prompt.as_ref() };
        request(draft, &handoff.id, &question);
    }
}

pub(super) fn keep_notice(draft: &mut Draft<'_>, handoff: &Handoff, name: TextName, rendered: &Rendered) {
    let notice = Notice { version: rendered.edition.clone(), sha256: rendered.sha256.clone() };
    let shown = (rendered.language, rendered.notice.as_str());
    let write = consent::insert_notice(&handoff.workspace_id, name.as_str(), &notice, shown, draft.now);
    draft.write(write);
    draft.handoff(&handoff.id).notice_sha256 = Some(notice.sha256);
}

/// The confirming text: the handoff is active once the provider has taken it. Where none can be sent, it fails at once.
fn confirm(draft: &mut Draft<'_>, handoff: &Handoff) {
    let sent = handoff.conversation_id.clone().and_then(|talk| {
        let vars = vars(draft, handoff);
        say(draft, &talk, TextName::Confirm, &handoff.language, &vars)
    });
    match sent {
        Some(message) => draft.handoff(&handoff.id).confirm_message_id = Some(message),
        None => drop(happen(draft, &handoff.id, &Input::ConfirmFailed, &Act::default())),
    }
}

/// Where a side is written to.
fn place(
    draft: &mut Draft<'_>,
    handoff: &Handoff,
    to: (Side, Option<&IdentityId>),
) -> Option<ConversationId> {
    match to {
        (Side::Target, Some(phone)) => Some(conversation_with(draft, handoff, phone)),
        (Side::Target, None) => handoff.conversation_id.clone(),
        (Side::Account, _) => handoff.dm_conversation_id.clone(),
    }
}

/// The conversation of an identity on the handoff's account, found or opened.
pub(super) fn conversation_with(
    draft: &mut Draft<'_>,
    handoff: &Handoff,
    who: &IdentityId,
) -> ConversationId {
    let (talk, is_new) = draft.converse(who, &handoff.connection_id, &handoff.channel);
    if is_new {
        draft.tell_conversation(EventType::ConversationOpened, &talk);
    }
    talk
}

/// Shows somebody a secret; only its hash is kept.
fn issue(
    draft: &mut Draft<'_>,
    handoff: &Handoff,
    kind: ProofKind,
    shown_to: &IdentityId,
    phone: Option<&IdentityId>,
) -> String {
    let secret = kind.make(clock::random());
    let limits = draft.settings(&handoff.workspace_id).limits;
    let holder = match kind {
        ProofKind::Code => account_side(draft, handoff, &Act::default()),
        _ => shown_to.clone(),
    };
    let proof = Proof {
        hash: hash(draft, &handoff.workspace_id, (kind, &handoff.id), &secret),
        workspace_id: handoff.workspace_id.clone(),
        handoff_id: handoff.id.clone(),
        kind,
        holder_id: holder,
        target_id: phone.cloned(),
        state: ProofState::Live,
        used_by: None,
        tries: 0,
        expires_at: draft.now + lifetime(kind, &limits),
        created_at: draft.now,
    };
    draft.write(proof::insert(&proof));
    if kind == ProofKind::Code {
        draft.world.codes.entry(proof.holder_id.clone()).or_default().push(draft.now);
    }
    draft.world.proofs.insert(proof.hash, proof);
    secret
}

const fn lifetime(kind: ProofKind, limits: &Limits) -> std::time::Duration {
    match kind {
        ProofKind::Token => limits.token_ttl,
        ProofKind::Phrase => limits.phrase_ttl,
        ProofKind::Code => limits.code_ttl,
    }
}

/// The form in which a secret is kept. A token names its handoff; a phrase or a code is too short for that and counts
/// only for the handoff it was made for.
pub(super) fn hash(
    draft: &Draft<'_>,
    workspace: &WorkspaceId,
    (kind, handoff): (ProofKind, &HandoffId),
    secret: &str,
) -> [u8; 32] {
    match kind {
        ProofKind::Token => draft.vault.proof_hash(workspace, kind.as_str(), secret),
        ProofKind::Phrase | ProofKind::Code => {
            draft.vault.proof_hash(workspace, &format!("{}/{handoff}", kind.as_str()), secret)
        }
    }
}

/// What the texts of a handoff can name.
pub(in crate::bridge) fn vars(draft: &Draft<'_>, handoff: &Handoff) -> Vars {
    vars_to(draft, handoff, handoff.target_id.as_ref())
}

fn vars_to(draft: &Draft<'_>, handoff: &Handoff, phone: Option<&IdentityId>) -> Vars {
    let vars = brand_vars(draft, &handoff.workspace_id).with("case", handoff.case_ref.clone());
    let vars = match our_number(draft, &handoff.connection_id) {
        Some(number) => vars.with("number", number),
        None => vars,
    };
    match phone.map(|phone| last_two(&draft.known(phone).external_id)) {
        Some(last2) => vars.with("last2", last2),
        None => vars,
    }
}

pub(in crate::bridge) fn brand_vars(draft: &Draft<'_>, workspace: &WorkspaceId) -> Vars {
    Vars::of(&draft.settings(workspace))
}

fn last_two(address: &str) -> String {
    let mut digits: Vec<char> = address.chars().rev().take(2).collect();
    digits.reverse();
    digits.into_iter().collect()
}

/// The number customers text to reach an account of ours.
pub(in crate::bridge) fn our_number(draft: &Draft<'_>, connection: &ConnectionId) -> Option<String> {
    draft.world.connections.get(connection)?.account.get("number").cloned()
}

/// The language in which somebody is spoken to.
pub(in crate::bridge) fn language_of(
    draft: &Draft<'_>,
    workspace: &WorkspaceId,
    wanted: Option<&str>,
) -> String {
    let default = draft.settings(workspace).default_language;
    texts::spoken(own_texts(draft, workspace), wanted, &default).to_string()
}

/// A text in its language, in the workspace's own words where it has some.
pub(in crate::bridge) fn render(
    draft: &Draft<'_>,
    workspace: &WorkspaceId,
    name: TextName,
    language: &str,
    vars: &Vars,
) -> Rendered {
    let own = own_texts(draft, workspace);
    texts::render(own, name, texts::spoken(own, Some(language), "en"), vars)
}

/// The workspace's own texts, as far as this decision needs them.
fn own_texts<'a>(draft: &'a Draft<'_>, workspace: &WorkspaceId) -> &'a OwnTexts {
    static NONE: LazyLock<OwnTexts> = LazyLock::new(OwnTexts::new);
    draft.world.texts.get(workspace).unwrap_or(&NONE)
}

/// Says something in a conversation; `None` where nothing can be sent there. The usual variables are filled in.
pub(in crate::bridge) fn say(
    draft: &mut Draft<'_>,
    talk: &ConversationId,
    name: TextName,
    language: &str,
    vars: &Vars,
) -> Option<MessageId> {
    let workspace = draft.world.conversations[talk].value.workspace_id.clone();
    let rendered = render(draft, &workspace, name, language, vars);
    say_rendered(draft, talk, name, &rendered)
}

fn say_rendered(
    draft: &mut Draft<'_>,
    talk: &ConversationId,
    name: TextName,
    rendered: &Rendered,
) -> Option<MessageId> {
    let conversation = &draft.world.conversations[talk].value;
    let connection = draft.world.connections.get(&conversation.connection_id)?;
    let namespace = &draft.known(&conversation.identity_id).identity.namespace;
    let provider = providers::find(&connection.provider)?;
    let reaches = connection.is_live && provider.private_channel(&connection.account, namespace).is_some();
    if !reaches || draft.is_suppressed(&conversation.identity_id, &conversation.channel) {
        return None;
    }
    let mut letter = Letter::automatic(name, rendered);
    letter.complaint_id.clone_from(&conversation.complaint_id);
    Some(draft.send(talk, &letter).id)
}

/// Whether the account has been shown the question already, so that its first word may be the answer.
pub(super) fn was_asked(draft: &Draft<'_>, id: &HandoffId) -> bool {
    let handoff = &draft.world.handoffs[id].value;
    handoff.state == HandoffState::Invited && !draft.consents_of(id).is_empty()
}

/// The words of a private reply that asks for the consent.
pub(super) fn private_reply_words(draft: &Draft<'_>, handoff: &Handoff) -> Rendered {
    let vars = vars(draft, handoff);
    render(draft, &handoff.workspace_id, TextName::PrivateReply, &handoff.language, &vars)
}
