//! Spanish, to a person addressed as usted.
//!
//! Texts for SMS stay in the GSM-7 alphabet: it has é and ñ, but not á, í, ó and ú.

texts! {
    InviteDm:
        "Lamentamos lo ocurrido y queremos solucionarlo. Escríbanos por mensaje privado para que \
         podamos revisarlo; también puede responder aquí.",
    InviteNumber:
        "Lamentamos lo ocurrido y queremos solucionarlo. Para seguir en privado, envíe {case} por SMS \
         al {number}; también puede responder aquí.",
    PrivateReply:
        "{brand}, atención al cliente, sobre su publicación: lo sentimos. Para seguir aquí en privado, \
         responda ACEPTO: guardaremos sus mensajes con su caso y constancia de su decisión. Puede \
         escribir STOP en cualquier momento.[ Privacidad: {privacy}]",
    PrivateHello:
        "{brand}, atención al cliente, sobre su publicación: lo sentimos. Responda aquí y seguimos en \
         privado.[ Privacidad: {privacy}]",
    Closing: "Gracias. Lo hemos resuelto en privado y quedamos a su disposición.",
    Here:
        "{brand}, atención al cliente. Para seguir aquí, responda ACEPTO: guardaremos sus mensajes con \
         su caso y constancia de su decisión. Responda NO para seguir en público, o STOP en cualquier \
         momento.[ Privacidad: {privacy}]",
    Token:
        "{brand}, atención al cliente. Para seguir por SMS vincularemos esta cuenta con su número de \
         teléfono, enviaremos sus mensajes a través de nuestro proveedor de SMS y guardaremos \
         constancia de su decisión. Puede terminar en cualquier momento enviando STOP por SMS o \
         escribiendo STOP aquí; también puede seguir en este chat.[ Privacidad: {privacy}] Para \
         aceptar, envíe JOIN {token} al {number}",
    Phrase:
        "{brand}: para unir este tel. a su post, responda en el post: mi tel. acaba en {last2}: \
         {phrase}. STOP: salir.[ {privacy}]",
    Code:
        "{brand}: su clave es {code}. Indique la clave en nuestro chat privado. Si no la ha pedido, \
         ignore este mensaje. STOP para salir.",
    Agree:
        "{brand}: responda ACEPTO para seguir con su caso en este chat; guardamos constancia. NO: \
         rechazar, STOP: salir.[ {privacy}]",
    Confirm:
        "{brand}: su caso sigue en este chat. Frec. variable. Puede haber cargos de SMS y datos. AYUDA: \
         info, STOP: salir.[ {privacy}]",
    Joined:
        "El número que termina en {last2} se ha unido a su caso. ¿No ha sido usted? Responda NO y no \
         enviaremos nada más a ese número.",
    Declined:
        "{brand}: de acuerdo, no le escribiremos en este chat sobre esto. Siempre puede responder en su \
         post.",
    Stopped:
        "{brand}: ya no le enviaremos mensajes sobre esto en este chat. Responda START para volver a \
         recibirlos.",
    StopUnclear: "{brand}: ya no le enviaremos mensajes en este chat. Si no era su deseo, responda START.",
    Help:
        "{brand}, servicio al cliente.[ Contacto: {support}] RECIBO: constancia de su acuerdo. STOP: \
         salir. Puede haber cargos de SMS y datos.",
    Started: "{brand}: gracias por volver. Puede seguir con su caso en este chat. STOP para salir.",
    HowToJoin:
        "{brand}: para seguir por SMS, pida una clave en el chat donde nos contacta y mande esa clave \
         desde este teléfono.",
    NotValid: "{brand}: esta clave no es correcta. Puede pedir otra en el chat donde nos contacta.",
    Receipt: "{brand}: constancia de su acuerdo, por 24 horas: {link}",
}
