//! English.

use super::TextName;

/// Our words for a text.
pub(super) const fn text(name: TextName) -> &'static str {
    match name {
        TextName::InviteDm => {
            "We are sorry about this and want to put it right. Please send us a private message so that we \
             can look into it; answering here is fine too."
        }
        TextName::InviteNumber => {
            "We are sorry about this and want to put it right. To go on in private, text {case} to \
             {number}; answering here is fine too."
        }
        TextName::PrivateReply => {
            "{brand} support about your post: we are sorry. To go on here in private, reply AGREE: we will \
             keep your messages with your case and proof of your choice. Write STOP at any time.[ Privacy: \
             {privacy}]"
        }
        TextName::PrivateHello => {
            "{brand} support about your post: we are sorry. Reply here and we go on in private.[ Privacy: {privacy}]"
        }
        TextName::Closing => "Thank you. We have settled this in private and are glad to help again.",
        TextName::Here => {
            "{brand} support. To go on here, reply AGREE: we will keep your messages with your case and \
             proof of your choice. Reply NO to stay in public, or STOP at any time.[ Privacy: {privacy}]"
        }
        TextName::Token => {
            "{brand} support. To go on by text message we will link this account with your phone number, \
             send your messages through our text provider and keep proof of your choice. You can stop at \
             any time by texting STOP or writing STOP here; you can also just stay in this chat.[ Privacy: \
             {privacy}] To agree, text JOIN {token} to {number}"
        }
        TextName::Phrase => {
            "{brand}: to link this number with your post, reply there: my number ends in {last2}: {phrase}. \
             STOP to end.[ {privacy}]"
        }
        TextName::Code => {
            "{brand}: your code is {code}. Type it in our private chat. If you did not ask for it, ignore \
             this text. STOP to end."
        }
        TextName::Agree => {
            "{brand}: reply AGREE to go on with your case here; we keep proof of your choice. NO to \
             decline, STOP to end.[ {privacy}]"
        }
        TextName::Confirm => {
            "{brand}: your case goes on here. Msg freq varies. Msg&data rates may apply. HELP for help, \
             STOP to end.[ {privacy}]"
        }
        TextName::Joined => {
            "The number ending in {last2} joined your case. Was that not you? Reply NO and nothing more \
             goes there."
        }
        TextName::Declined => {
            "{brand}: all right, we will not write to you here about this. Answering in public stays \
             possible."
        }
        TextName::Stopped => "{brand}: you will get no more messages here about this. Reply START to resume.",
        TextName::StopUnclear => {
            "{brand}: you will get no more messages here. If you did not mean to stop, reply START."
        }
        TextName::Help => {
            "{brand} support.[ Contact: {support}] RECEIPT for proof of your choice, STOP to end. Msg&data \
             rates may apply."
        }
        TextName::Started => "{brand}: welcome back. You can go on with your case here. STOP to end.",
        TextName::HowToJoin => {
            "{brand}: to go on by text, ask us in the chat where you wrote to us; you will get a code to \
             send here."
        }
        TextName::NotValid => {
            "{brand}: this code is not valid. You can ask for a new one where you wrote to us."
        }
        TextName::Receipt => "{brand}: proof of your choice, for 24 hours: {link}",
    }
}
