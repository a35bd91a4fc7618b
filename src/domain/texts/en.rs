//! English.

texts! {
    InviteDm:
        "We are sorry about this and want to put it right. Please send us a private message so that we \
         can look into it; answering here is fine too.",
    InviteNumber:
        "We are sorry about this and want to put it right. To go on in private, text {case} to \
         {number}; answering here is fine too.",
    PrivateReply:
        "{brand} support about your post: we are sorry. To go on here in private, reply AGREE: we will \
         keep your messages with your case and proof of your choice. Write STOP at any time.[ Privacy: \
         {privacy}]",
    PrivateHello:
        "{brand} support about your post: we are sorry. Reply here and we go on in private.[ Privacy: {privacy}]",
    Closing: "Thank you. We have settled this in private and are glad to help again.",
    Here:
        "{brand} support. To go on here, reply AGREE: we will keep your messages with your case and \
         proof of your choice. Reply NO to stay in public, or STOP at any time.[ Privacy: {privacy}]",
    Token:
        "{brand} support. To go on by text message we will link this account with your phone number, \
         send your messages through our text provider and keep proof of your choice. You can stop at \
         any time by texting STOP or writing STOP here; you can also just stay in this chat.[ Privacy: \
         {privacy}] To agree, text JOIN {token} to {number}",
    Phrase:
        "{brand}: to link this number with your post, reply there: my number ends in {last2}: {phrase}. \
         STOP to end.[ {privacy}]",
    Code:
        "{brand}: your code is {code}. Type it in our private chat. If you did not ask for it, ignore \
         this text. STOP to end.",
    Agree:
        "{brand}: reply AGREE to go on with your case here; we keep proof of your choice. NO to \
         decline, STOP to end.[ {privacy}]",
    Confirm:
        "{brand}: your case goes on here. Msg freq varies. Msg&data rates may apply. HELP for help, \
         STOP to end.[ {privacy}]",
    Joined:
        "The number ending in {last2} joined your case. Was that not you? Reply NO and nothing more \
         goes there.",
    Declined:
        "{brand}: all right, we will not write to you here about this. Answering in public stays \
         possible.",
    Stopped: "{brand}: you will get no more messages here about this. Reply START to resume.",
    StopUnclear: "{brand}: you will get no more messages here. If you did not mean to stop, reply START.",
    Help:
        "{brand} support.[ Contact: {support}] RECEIPT for proof of your choice, STOP to end. Msg&data \
         rates may apply.",
    Started: "{brand}: welcome back. You can go on with your case here. STOP to end.",
    HowToJoin:
        "{brand}: to go on by text, ask us in the chat where you wrote to us; you will get a code to \
         send here.",
    NotValid: "{brand}: this code is not valid. You can ask for a new one where you wrote to us.",
    Receipt: "{brand}: proof of your choice, for 24 hours: {link}",
}
