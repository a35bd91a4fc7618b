//! German, to a person addressed as Sie.

texts! {
    InviteDm:
        "Das tut uns leid, und wir möchten es in Ordnung bringen. Bitte schreiben Sie uns eine private \
         Nachricht, damit wir der Sache nachgehen können; Sie können auch gern hier antworten.",
    InviteNumber:
        "Das tut uns leid, und wir möchten es in Ordnung bringen. Um privat weiterzumachen, senden Sie \
         {case} per SMS an {number}; Sie können auch gern hier antworten.",
    PrivateReply:
        "{brand} Kundendienst zu Ihrem Beitrag: Es tut uns leid. Um hier privat weiterzumachen, \
         antworten Sie ZUSTIMMEN: Wir bewahren Ihre Nachrichten bei Ihrem Fall auf und dazu einen \
         Nachweis Ihrer Wahl. Sie können jederzeit STOP schreiben.[ Datenschutz: {privacy}]",
    PrivateHello:
        "{brand} Kundendienst zu Ihrem Beitrag: Es tut uns leid. Antworten Sie hier, und wir machen \
         privat weiter.[ Datenschutz: {privacy}]",
    Closing: "Danke. Wir haben das privat geklärt und helfen gern wieder.",
    Here:
        "{brand} Kundendienst. Um hier weiterzumachen, antworten Sie ZUSTIMMEN: Wir bewahren Ihre \
         Nachrichten bei Ihrem Fall auf und dazu einen Nachweis Ihrer Wahl. Antworten Sie NEIN, um \
         öffentlich zu bleiben, oder jederzeit STOP.[ Datenschutz: {privacy}]",
    Token:
        "{brand} Kundendienst. Um per SMS weiterzumachen, verbinden wir dieses Konto mit Ihrer \
         Telefonnummer, senden Ihre Nachrichten über unseren SMS-Anbieter und bewahren einen Nachweis \
         Ihrer Wahl auf. Sie können jederzeit aufhören, indem Sie STOP per SMS senden oder hier STOP \
         schreiben; Sie können auch einfach in diesem Chat bleiben.[ Datenschutz: {privacy}] Um \
         zuzustimmen, senden Sie JOIN {token} an {number}",
    Phrase:
        "{brand}: Zum Verbinden der Nr. mit Ihrem Post dort antworten: Meine Nr. endet auf {last2}: \
         {phrase}. STOP: Ende.[ {privacy}]",
    Code:
        "{brand}: Ihr Code ist {code}. Geben Sie ihn in unserem privaten Chat ein. Wenn Sie ihn nicht \
         wollten, ignorieren Sie diese SMS. STOP: Ende.",
    Agree:
        "{brand}: Antworten Sie ZUSTIMMEN, um hier weiterzumachen; wir bewahren den Nachweis auf. NEIN: \
         nicht, STOP: Ende.[ {privacy}]",
    Confirm:
        "{brand}: Ihr Fall geht hier weiter. SMS-Anzahl variiert. SMS/Daten evtl. kostenpflichtig. \
         HILFE: Info, STOP: Ende.[ {privacy}]",
    Joined:
        "Die Nummer mit den Endziffern {last2} ist Ihrem Fall beigetreten. Waren Sie das nicht? \
         Antworten Sie NEIN, und dorthin geht nichts mehr.",
    Declined:
        "{brand}: In Ordnung, wir schreiben Ihnen hier dazu nicht mehr. Öffentlich zu antworten bleibt \
         möglich.",
    Stopped:
        "{brand}: Sie erhalten hier keine Nachrichten mehr dazu. Antworten Sie START, um sie wieder zu \
         erhalten.",
    StopUnclear:
        "{brand}: Sie erhalten hier keine Nachrichten mehr. Falls das ein Irrtum ist, antworten Sie \
         START.",
    Help:
        "{brand} Kundendienst.[ Kontakt: {support}] BELEG: Nachweis Ihrer Wahl. STOP: Ende. SMS/Daten \
         evtl. kostenpflichtig.",
    Started: "{brand}: Willkommen zurück. Sie können hier mit Ihrem Fall weitermachen. STOP: Ende.",
    HowToJoin:
        "{brand}: Um per SMS weiterzumachen, fragen Sie in dem Chat, in dem Sie uns schrieben; Sie \
         erhalten einen Code, den Sie hierher senden.",
    NotValid:
        "{brand}: Dieser Code ist nicht gültig. Sie können einen neuen verlangen, wo Sie uns schrieben.",
    Receipt: "{brand}: Nachweis Ihrer Wahl, 24 Stunden lang: {link}",
}
