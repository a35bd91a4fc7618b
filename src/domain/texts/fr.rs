//! French, to a person addressed as vous.
//!
//! Texts for SMS stay in the GSM-7 alphabet: it has à, é, è and ù, but no circumflex and no small ç.

use super::TextName;

/// Our words for a text.
pub(super) const fn text(name: TextName) -> &'static str {
    match name {
        TextName::InviteDm => {
            "Nous sommes désolés et voulons régler cela. Écrivez-nous en message privé pour que nous \
             puissions examiner la situation ; vous pouvez aussi répondre ici."
        }
        TextName::InviteNumber => {
            "Nous sommes désolés et voulons régler cela. Pour continuer en privé, envoyez {case} par SMS au \
             {number} ; vous pouvez aussi répondre ici."
        }
        TextName::PrivateReply => {
            "{brand}, service client, au sujet de votre publication : nous sommes désolés. Pour continuer \
             ici en privé, répondez ACCEPTER : nous garderons vos messages avec votre dossier et une preuve \
             de votre choix. Vous pouvez écrire STOP à tout moment.[ Confidentialité : {privacy}]"
        }
        TextName::PrivateHello => {
            "{brand}, service client, au sujet de votre publication : nous sommes désolés. Répondez ici et \
             nous continuerons en privé.[ Confidentialité : {privacy}]"
        }
        TextName::Closing => "Merci. Nous avons réglé cela en privé et restons à votre disposition.",
        TextName::Here => {
            "{brand}, service client. Pour continuer ici, répondez ACCEPTER : nous garderons vos messages \
             avec votre dossier et une preuve de votre choix. Répondez NON pour rester en public, ou STOP à \
             tout moment.[ Confidentialité : {privacy}]"
        }
        TextName::Token => {
            "{brand}, service client. Pour continuer par SMS, nous relierons ce compte à votre numéro de \
             téléphone, transmettrons vos messages par notre prestataire de SMS et garderons une preuve de \
             votre choix. Vous pouvez arrêter à tout moment en envoyant STOP par SMS ou en écrivant STOP \
             ici ; vous pouvez aussi rester dans cette conversation.[ Confidentialité : {privacy}] Pour \
             accepter, envoyez JOIN {token} au {number}"
        }
        TextName::Phrase => {
            "{brand}: pour relier ce numéro à votre post, répondez-y: mon numéro finit par {last2}: \
             {phrase}. STOP: fin.[ {privacy}]"
        }
        TextName::Code => {
            "{brand}: votre code est {code}. Saisissez-le dans notre chat privé. Si vous n'avez rien \
             demandé, ignorez ce message. STOP pour finir."
        }
        TextName::Agree => {
            "{brand}: répondez ACCEPTER pour suivre votre dossier ici; nous en gardons la preuve. NON: \
             refus, STOP: fin.[ {privacy}]"
        }
        TextName::Confirm => {
            "{brand}: votre dossier se poursuit ici. Fréquence variable. Frais SMS et data possibles. AIDE: \
             infos, STOP: fin.[ {privacy}]"
        }
        TextName::Joined => {
            "Le numéro se terminant par {last2} a rejoint votre dossier. Ce n'était pas vous ? Répondez NON \
             et plus rien n'y sera envoyé."
        }
        TextName::Declined => {
            "{brand}: entendu, nous ne vous écrirons pas ici à ce sujet. Vous pouvez toujours répondre en \
             public."
        }
        TextName::Stopped => {
            "{brand}: vous ne recevrez plus de messages ici à ce sujet. Répondez START pour reprendre."
        }
        TextName::StopUnclear => {
            "{brand}: vous ne recevrez plus de messages ici. Si ce n'est pas ce que vous vouliez, répondez \
             START."
        }
        TextName::Help => {
            "{brand}, service client.[ Contact: {support}] JUSTIFICATIF: preuve de votre choix. STOP: fin. \
             Frais SMS et data possibles."
        }
        TextName::Started => {
            "{brand}: merci de votre retour. Vous pouvez poursuivre votre dossier ici. STOP pour finir."
        }
        TextName::HowToJoin => {
            "{brand}: pour continuer par SMS, demandez un code dans le chat où vous nous avez écrit, puis \
             envoyez-le ici."
        }
        TextName::NotValid => {
            "{brand}: ce code n'est pas valable. Vous pouvez en demander un autre dans le chat où vous nous \
             avez écrit."
        }
        TextName::Receipt => "{brand}: preuve de votre choix, pendant 24 heures: {link}",
    }
}
