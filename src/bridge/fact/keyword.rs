//! What a customer's words command, before anything else is heard in them: opting out, coming back, asking for help.

use super::task::{self, Opened};
use super::{is_signed, opt_out};
use crate::bridge::draft::{Draft, Letter};
use crate::bridge::handoff;
use crate::domain::channel::Channel;
use crate::domain::id::{ConversationId, IdentityId, MessageId};
use crate::domain::inbound::ReceivedMessage;
use crate::domain::keyword::{self, Keyword, Reading};
use crate::domain::policy::{OPT_OUT_ANSWER, Suppression};
use crate::domain::task::TaskKind;
use crate::domain::texts::TextName;
use crate::providers;
use crate::store::inbound::PendingFact;
use crate::store::policy::REVIEW;

/// How a message reads as a command; the provider's own mark counts before our reading.
pub(in crate::bridge) fn reading_of(message: &ReceivedMessage) -> Option<Reading> {
    message.mark.map(Reading::Whole).or_else(|| keyword::read(&message.text))
}

/// A message that may be a command, and where it stands.
pub(super) struct Said<'a> {
    pub(super) pending: &'a PendingFact,
    pub(super) told: &'a ReceivedMessage,
    pub(super) reading: Option<Reading>,
    pub(super) owner: &'a IdentityId,
    pub(super) talk: &'a ConversationId,
    pub(super) message_id: &'a MessageId,
}

/// Does what a message commands; `false` when it commands nothing and may mean something else. An opt-out holds whoever
/// sent it; all else needs a signature.
pub(super) fn obey(draft: &mut Draft<'_>, said: &Said<'_>) -> bool {
    match said.reading {
        None => false,
        Some(Reading::Whole(Keyword::Stop)) => stop(draft, said, TextName::Stopped),
        Some(Reading::Among) => stop(draft, said, TextName::StopUnclear),
        Some(Reading::Wish) => review(draft, said),
        Some(Reading::Whole(_)) if !is_signed(said.pending) => true,
        Some(Reading::Whole(Keyword::Start)) => start(draft, said),
        Some(Reading::Whole(Keyword::Help)) => {
            answer(draft, said, TextName::Help, false);
            true
        }
    }
}

/// Nothing more is sent there, from this commit on; one answer says so.
fn stop(draft: &mut Draft<'_>, said: &Said<'_>, answered_by: TextName) -> bool {
    let channel = &said.told.channel;
    let is_new = suppression(draft, said.owner, channel) != Some(Suppression::OptedOut);
    let source = if said.told.mark.is_some() { "provider" } else { "keyword" };
    opt_out::silence(draft, said.owner, channel, (source, Some(said.message_id)));
    task::close(draft, said.talk.as_str(), "opted_out");
    if is_new && is_signed(said.pending) {
        answer(draft, said, answered_by, true);
    }
    true
}

/// Somebody comes back. "Yes" means that only where there is something to come back from.
fn start(draft: &mut Draft<'_>, said: &Said<'_>) -> bool {
    let was_away = suppression(draft, said.owner, &said.told.channel).is_some();
    let is_plain = said.told.mark.is_some() || keyword::is_plain_start(&said.told.text);
    if !was_away && !is_plain {
        return false;
    }
    let key = draft.known(said.owner).suppression_key.clone();
    draft.lift((said.pending.workspace_id.clone(), said.told.channel.clone(), key));
    task::close(draft, said.talk.as_str(), "opted_in");
    let resumed = handoff::resumed(draft, said.owner, said.talk, said.message_id);
    let text = if resumed { TextName::Started } else { TextName::HowToJoin };
    answer(draft, said, text, false);
    true
}

/// It may be an opt-out: nothing is sent until a person has looked.
fn review(draft: &mut Draft<'_>, said: &Said<'_>) -> bool {
    if suppression(draft, said.owner, &said.told.channel).is_some() {
        return true;
    }
    let key = draft.known(said.owner).suppression_key.clone();
    draft.suppress((said.pending.workspace_id.clone(), said.told.channel.clone(), key), REVIEW);
    let detail = "The customer wrote something that may be an opt-out. Nothing is sent to them on this channel until \
                  somebody reads it and resolves this task as opt_out or no_opt_out.";
    let due_at = Some(said.pending.received_at + REVIEW_DUE);
    let subject = said.talk.as_str();
    let opened = Opened { kind: TaskKind::OptOutReview, subject, detail, due_at };
    task::open(draft, said.pending.workspace_id.clone(), &opened);
    true
}

/// By when somebody should have looked.
const REVIEW_DUE: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

fn suppression(draft: &Draft<'_>, owner: &IdentityId, channel: &Channel) -> Option<Suppression> {
    draft.suppression(owner, channel)
}

/// Says something in answer, unless the provider does.
fn answer(draft: &mut Draft<'_>, said: &Said<'_>, name: TextName, answers_opt_out: bool) {
    let connection = draft.world.connections.get(&said.pending.connection_id).filter(|one| one.is_live);
    let Some(connection) = connection else { return };
    let by_provider = connection.settings.get("opt_out_replies").is_some_and(|who| who == "provider");
    let until = said.pending.received_at + OPT_OUT_ANSWER;
    if !answers_opt_out && suppression(draft, said.owner, &said.told.channel).is_some() {
        return;
    }
    if by_provider || said.told.mark.is_some() || (answers_opt_out && until <= draft.now) {
        return;
    }
    let namespace = &draft.known(said.owner).identity.namespace;
    let provider = providers::find(&connection.provider);
    if provider.is_none_or(|one| one.private_channel(&connection.account, namespace).is_none()) {
        return;
    }
    let workspace = &said.pending.workspace_id;
    let language = language(draft, said);
    let vars = handoff::brand_vars(draft, workspace);
    let rendered = handoff::render(draft, workspace, name, &language, &vars);
    let letter =
        Letter { answers_opt_out: answers_opt_out.then_some(until), ..Letter::automatic(name, &rendered) };
    draft.send(said.talk, &letter);
}

/// The language of the handoff that led here, of the word itself, or of the workspace.
fn language(draft: &Draft<'_>, said: &Said<'_>) -> String {
    let handoff = draft.world.conversations[said.talk].value.handoff.as_ref();
    let agreed = handoff.and_then(|shown| draft.world.handoffs.get(&shown.id));
    let spoken = agreed.map(|one| one.value.language.as_str()).or_else(|| keyword::language(&said.told.text));
    handoff::language_of(draft, &said.pending.workspace_id, spoken)
}
