//! Portuguese, for both sides of the ocean, without a word for "you".
//!
//! Texts for SMS stay in the GSM-7 alphabet: it has é and à, but no tilde, no circumflex and no small ç.

texts! {
    InviteDm:
        "Lamentamos o ocorrido e queremos resolver. Envie-nos uma mensagem privada para que possamos \
         verificar; também pode responder aqui.",
    InviteNumber:
        "Lamentamos o ocorrido e queremos resolver. Para continuar em privado, envie {case} por SMS \
         para {number}; também pode responder aqui.",
    PrivateReply:
        "{brand}, atendimento ao cliente, sobre a sua publicação: lamentamos. Para continuar aqui em \
         privado, responda ACEITO: guardaremos as suas mensagens com o seu caso e a prova da sua \
         escolha. Pode escrever STOP a qualquer momento.[ Privacidade: {privacy}]",
    PrivateHello:
        "{brand}, atendimento ao cliente, sobre a sua publicação: lamentamos. Responda aqui e \
         continuamos em privado.[ Privacidade: {privacy}]",
    Closing: "Agradecemos. Resolvemos isto em privado e continuamos à disposição.",
    Here:
        "{brand}, atendimento ao cliente. Para continuar aqui, responda ACEITO: guardaremos as suas \
         mensagens com o seu caso e a prova da sua escolha. Responda NÃO para continuar em público, ou \
         STOP a qualquer momento.[ Privacidade: {privacy}]",
    Token:
        "{brand}, atendimento ao cliente. Para continuar por SMS, vincularemos esta conta ao seu número \
         de telefone, enviaremos as suas mensagens pelo nosso fornecedor de SMS e guardaremos a prova \
         da sua escolha. Pode parar a qualquer momento enviando STOP por SMS ou escrevendo STOP aqui; \
         também pode continuar nesta conversa.[ Privacidade: {privacy}] Para aceitar, envie JOIN \
         {token} para {number}",
    Phrase:
        "{brand}: para ligar este tel. ao seu post, responda nele: meu tel. termina em {last2}: \
         {phrase}. STOP: sair.[ {privacy}]",
    Code:
        "{brand}: digite {code} na nossa conversa privada. Se foi engano, ignore esta mensagem. STOP \
         para sair.",
    Agree:
        "{brand}: responda ACEITO para continuar o seu caso por aqui; guardamos a prova. RECUSO para \
         recusar, STOP para sair.[ {privacy}]",
    Confirm:
        "{brand}: o seu caso continua por aqui. Nr. de SMS varia. Pode haver custos de SMS e dados. \
         AJUDA: info, STOP: sair.[ {privacy}]",
    Joined:
        "O número terminado em {last2} entrou no seu caso. Não reconhece este número? Responda NÃO e \
         nada mais será enviado para lá.",
    Declined: "{brand}: certo, nada mais enviaremos por aqui sobre isto. Pode sempre responder no seu post.",
    Stopped:
        "{brand}: nada mais enviaremos por aqui sobre isto. Responda START para voltar a receber \
         mensagens.",
    StopUnclear: "{brand}: nada mais enviaremos por aqui. Se foi engano, responda START.",
    Help:
        "{brand}, atendimento ao cliente.[ Contato: {support}] RECIBO: prova da sua escolha. STOP: \
         sair. Pode haver custos de SMS e dados.",
    Started: "{brand}: tudo certo, pode continuar o seu caso por aqui. STOP para sair.",
    HowToJoin:
        "{brand}: para continuar por SMS, pergunte no chat onde nos escreveu; depois envie deste \
         telefone a chave que receber.",
    NotValid: "{brand}: chave incorreta. Pode pedir outra no chat onde nos escreveu.",
    Receipt: "{brand}: prova da sua escolha, por 24 horas: {link}",
}
