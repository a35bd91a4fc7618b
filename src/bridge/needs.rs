//! What the facts at hand will look at: worked out before anything is locked.

use crate::domain::answer::{self, Answer};
use crate::domain::failure::FailureCode;
use crate::domain::handoff::proof::{ProofKind, offered};
use crate::domain::id::{ConnectionId, ConversationId};
use crate::domain::identity::{Namespace, Party};
use crate::domain::inbound::{Fact, PublicPost, ReceivedMessage, SendResult, StatusReport, Trust};
use crate::domain::keyword::{Keyword, Reading};
use crate::domain::lane::digest16;
use crate::store::inbound::PendingFact;
use crate::store::{External, Needs};
use crate::vault::Vault;

use super::fact::reading_of;

/// The needs of one decision.
pub(super) fn of_facts(facts: &[PendingFact], vault: &Vault) -> Needs {
    let mut needs = Needs::default();
    for fact in facts {
        needs.workspaces.insert(fact.workspace_id.clone());
        add(&mut needs, fact, vault);
    }
    needs
}

fn add(needs: &mut Needs, pending: &PendingFact, vault: &Vault) {
    match &pending.fact {
        Fact::MessageReceived(message) => received(needs, pending, message, vault),
        Fact::MessageStatus(report) => status(needs, pending, report),
        Fact::PostCreated(post) => posted(needs, pending, post, vault),
        Fact::PostEdited(edit) => drop(needs.posts.insert(post_key(pending, &edit.provider_id, vault))),
        Fact::PostDeleted(gone) => drop(needs.posts.insert(post_key(pending, &gone.provider_id, vault))),
        Fact::PostShown(one) => drop(needs.posts.insert(post_key(pending, &one.provider_id, vault))),
        Fact::OptOut(signal) => {
            let blind = party(needs, pending, &signal.who, vault);
            needs.stops.insert((blind, signal.channel.clone()));
            needs.speakers.insert(blind);
            needs.consents_of.insert(blind);
            needs.texts = true;
        }
        Fact::SendOutcome(outcome) => {
            needs.deliveries.insert(outcome.delivery_id.clone());
            if let SendResult::Failed { failure } = &outcome.result
                && failure.code == FailureCode::OptedOut
                && failure.provider_code.is_some()
            {
                needs.silenced.deliveries.insert(outcome.delivery_id.clone());
            }
            if let SendResult::Accepted { reached: Some(whom), provider_id, .. } = &outcome.result {
                let blind = party(needs, pending, whom, vault);
                needs.links_of_addresses.insert(blind);
                // Its echo may have come before it.
                let external = provider_id.iter().map(|id| message_key(&pending.connection_id, id));
                needs.externals.extend(external);
            }
        }
        Fact::Watermark(report) => {
            let blind = party(needs, pending, &report.who, vault);
            needs.unread_by.insert((blind, pending.connection_id.clone()));
        }
        Fact::PostEchoed(echo) => {
            let keys = [&echo.provider_id, &echo.answers].map(|id| post_key(pending, id, vault));
            needs.posts.extend(keys);
        }
        Fact::MessageEchoed(echo) => {
            let blind = party(needs, pending, &echo.to, vault);
            let connection = pending.connection_id.clone();
            needs.externals.insert(message_key(&connection, &echo.provider_id));
            needs.provider_ids.insert((connection.clone(), echo.provider_id.clone()));
            needs.under_way.insert((blind, connection));
        }
        Fact::Referred(_)
        | Fact::DeletionAsked(_)
        | Fact::Deauthorized(_)
        | Fact::AuthorizationLost(_)
        | Fact::Other { .. } => {}
    }
}

fn party(needs: &mut Needs, pending: &PendingFact, who: &Party, vault: &Vault) -> [u8; 32] {
    let blind = vault.blind(&pending.workspace_id, &who.namespace, &who.external_id);
    let connections = needs.parties.entry((pending.workspace_id.clone(), blind)).or_default();
    connections.insert(pending.connection_id.clone());
    blind
}

fn received(needs: &mut Needs, pending: &PendingFact, message: &ReceivedMessage, vault: &Vault) {
    let blind = party(needs, pending, &message.from, vault);
    needs.externals.insert(message_key(&pending.connection_id, &message.provider_id));
    needs.speakers.insert(blind);
    let reading = reading_of(message);
    if reading.is_some() {
        // It may have to be answered.
        needs.sends = true;
        needs.texts = true;
        needs.connections.insert(pending.connection_id.clone());
    }
    let keyword = reading.and_then(Reading::keyword);
    if keyword == Some(Keyword::Stop) {
        needs.stops.insert((blind, message.channel.clone()));
    }
    // A word that may be a command of either kind, such as "yes", is listened to as well.
    match keyword {
        Some(keyword) => {
            needs.consents_of.insert(blind);
            if keyword == Keyword::Start && pending.trust == Trust::Signed {
                brought(needs, pending, (&message.from, &message.text), vault);
            }
        }
        None if pending.trust == Trust::Signed => {
            brought(needs, pending, (&message.from, &message.text), vault);
        }
        None => {}
    }
}

/// What the text may be bringing back.
fn brought(needs: &mut Needs, pending: &PendingFact, (from, text): (&Party, &str), vault: &Vault) {
    let workspace = &pending.workspace_id;
    let said = offered(text);
    let wants_receipt = answer::read(text) == Some(Answer::Receipt);
    if wants_receipt {
        needs.consents_of.insert(vault.blind(workspace, &from.namespace, &from.external_id));
    }
    if said.token.is_some() || said.is_malformed || wants_receipt {
        // It may prove nothing, and that is said.
        needs.sends = true;
        needs.texts = true;
        needs.connections.insert(pending.connection_id.clone());
    }
    if let Some(token) = said.token {
        needs.proofs.insert(vault.proof_hash(workspace, ProofKind::Token.as_str(), &token));
    }
    needs.cases.extend(said.case_refs.into_iter().map(|case| (workspace.clone(), case)));
    if let Some(number) = said.number {
        let blind = vault.blind(workspace, &Namespace::phone(), &number);
        needs.parties.entry((workspace.clone(), blind)).or_default();
        needs.numbers.insert((workspace.clone(), blind));
    }
}

fn status(needs: &mut Needs, pending: &PendingFact, report: &StatusReport) {
    let by_id = (pending.connection_id.clone(), report.provider_id.clone());
    let is_opt_out = report.failure.as_ref().is_some_and(|failure| failure.code == FailureCode::OptedOut);
    if is_opt_out && pending.trust == Trust::Signed {
        match &report.part {
            Some(part) => drop(needs.silenced.messages.insert(part.message_id.clone())),
            None => drop(needs.silenced.provider_ids.insert(by_id.clone())),
        }
    }
    match &report.part {
        Some(part) => drop(needs.messages.insert(part.message_id.clone())),
        None => drop(needs.provider_ids.insert(by_id)),
    }
}

fn posted(needs: &mut Needs, pending: &PendingFact, post: &PublicPost, vault: &Vault) {
    let blind = party(needs, pending, &post.author, vault);
    let thread = thread_key(&pending.connection_id, &post.thread_id, vault);
    needs.threads.insert(((pending.connection_id.clone(), thread), blind));
    needs.posts.insert(post_key(pending, &post.provider_id, vault));
    if pending.trust == Trust::Signed {
        needs.speakers.insert(blind);
    }
}

/// The index of an inbound message by the provider's id.
pub(super) fn message_key(connection: &ConnectionId, provider_id: &str) -> External {
    (connection.clone(), digest16(&["message", provider_id]))
}

/// The index of a public post by the platform's id. A post nobody signed for has one of its own, so that it cannot
/// stand in the way of the real one.
pub(super) fn post_key(pending: &PendingFact, provider_id: &str, vault: &Vault) -> External {
    let kind = match pending.trust {
        Trust::Signed => "post",
        Trust::Unsigned => "unsigned-post",
    };
    let scope = format!("{kind}/{}", pending.connection_id);
    (pending.connection_id.clone(), vault.external_key(&scope, provider_id))
}

/// The index of a public thread by the platform's id.
pub(super) fn thread_key(connection: &ConnectionId, thread_id: &str, vault: &Vault) -> [u8; 16] {
    vault.external_key(&format!("thread/{connection}"), thread_id)
}

/// What a report on all of a conversation waits for while something of it is on the wire.
pub(super) fn watermark_key(talk: &ConversationId) -> [u8; 16] {
    digest16(&["watermark", talk.as_str()])
}

/// What a report on a provider's id waits for until that id is known.
pub(super) fn provider_id_key(connection: &ConnectionId, provider_id: &str) -> [u8; 16] {
    digest16(&["provider-id", connection.as_str(), provider_id])
}
