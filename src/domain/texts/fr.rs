//! French, to a person addressed as vous.
//!
//! Texts for SMS stay in the GSM-7 alphabet: it has à, é, è and ù, but no circumflex and no small ç.

texts! {
    InviteDm:
        "Nous sommes désolés et voulons régler cela. Écrivez-nous en message privé pour que nous \
         puissions examiner la situation ; vous pouvez aussi répondre ici.",
    InviteNumber:
        "Nous sommes désolés et voulons régler cela. Pour continuer en privé, envoyez {case} par SMS au \
         {number} ; vous pouvez aussi répondre ici.",
    PrivateReply:
        "{brand}, service client, au sujet de votre publication : nous sommes désolés. Pour continuer \
         ici en privé, répondez ACCEPTER : nous garderons vos messages avec votre dossier et une preuve \
         de votre choix. Vous pouvez écrire STOP à tout moment.[ Confidentialité : {privacy}]",
    PrivateHello:
        "{brand}, service client, au sujet de votre publication : nous sommes désolés. Répondez ici et \
         nous continuerons en privé.[ Confidentialité : {privacy}]",
    Closing: "Merci. Nous avons réglé cela en privé et restons à votre disposition.",
    Here:
        "{brand}, service client. Pour continuer ici, répondez ACCEPTER : nous garderons vos messages \
         avec votre dossier et une preuve de votre choix. Répondez NON pour rester en public, ou STOP à \
         tout moment.[ Confidentialité : {privacy}]",
    Token:
        "{brand}, service client. Pour continuer par SMS, nous relierons ce compte à votre numéro de \
         téléphone, transmettrons vos messages par notre prestataire de SMS et garderons une preuve de \
         votre choix. Vous pouvez arrêter à tout moment en envoyant STOP par SMS ou en écrivant STOP \
         ici ; vous pouvez aussi rester dans cette conversation.[ Confidentialité : {privacy}] Pour \
         accepter, envoyez JOIN {token} au {number}",
    Phrase:
        "{brand}: pour relier ce numéro à votre post, répondez-y: mon numéro finit par {last2}: \
         {phrase}. STOP: fin.[ {privacy}]",
    Code:
        "{brand}: votre code est {code}. Saisissez-le dans notre chat privé. Si vous n'avez rien \
         demandé, ignorez ce message. STOP pour finir.",
    Agree:
        "{brand}: répondez ACCEPTER pour suivre votre dossier ici; nous en gardons la preuve. NON: \
         refus, STOP: fin.[ {privacy}]",
    Confirm:
        "{brand}: votre dossier se poursuit ici. Fréquence variable. Frais SMS et data possibles. AIDE: \
         infos, STOP: fin.[ {privacy}]",
    Joined:
        "Le numéro se terminant par {last2} a rejoint votre dossier. Ce n'était pas vous ? Répondez NON \
         et plus rien n'y sera envoyé.",
    Declined:
        "{brand}: entendu, nous ne vous écrirons pas ici à ce sujet. Vous pouvez toujours répondre en \
         public.",
    Stopped: "{brand}: vous ne recevrez plus de messages ici à ce sujet. Répondez START pour reprendre.",
    StopUnclear:
        "{brand}: vous ne recevrez plus de messages ici. Si ce n'est pas ce que vous vouliez, répondez \
         START.",
    Help:
        "{brand}, service client.[ Contact: {support}] JUSTIFICATIF: preuve de votre choix. STOP: fin. \
         Frais SMS et data possibles.",
    Started: "{brand}: merci de votre retour. Vous pouvez poursuivre votre dossier ici. STOP pour finir.",
    HowToJoin:
        "{brand}: pour continuer par SMS, demandez un code dans le chat où vous nous avez écrit, puis \
         envoyez-le ici.",
    NotValid:
        "{brand}: ce code n'est pas valable. Vous pouvez en demander un autre dans le chat où vous nous \
         avez écrit.",
    Receipt: "{brand}: preuve de votre choix, pendant 24 heures: {link}",
}
