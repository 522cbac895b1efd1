# ruff: noqa: RUF001 - other scripts are the subject here
"""Words of small talk and of short answers in languages that the assistant understands and does not speak.

Each pattern has to match a whole segment in its normal form, as in `phrases`: accents are gone, but the barred l of Polish and
the voicing marks of Japanese stay. The language is not reported, so that the reply comes in the language of the conversation.
"""

from caseplane.dialogue.acts import Act

_PL_WORKS = (
    r"(?:(?:to|juz|teraz|wszystko|tak|super|ok|dziekuje|dzieki|swietnie) )*"
    r"(?:dziala|działa|zadzialalo|zadziałało|pomoglo|pomogło|naprawione|rozwiazane|udalo sie|udało sie|gotowe)"
    r"(?: (?:juz|teraz|dobrze|swietnie|dziekuje|dzieki))*|problem (?:zostal |został |jest )?(?:rozwiazany|naprawiony)"
)
_PL_FAILS = (
    r"(?:(?:to|nadal|wciaz|dalej|ciagle|niestety|ale|tez|u mnie|jeszcze) )*nie (?:dziala|działa|zadzialalo|zadziałało|pomoglo|pomogło"
    r"|pomaga|udalo sie|udało sie)(?: (?:to|nadal|wcale|u mnie|niestety))*|(?:(?:to|nadal|wciaz) )*nie rozwiazuje(?: to)?(?: mojego)? problemu"
    r"|problem (?:nadal|wciaz|nie zostal|nie jest|nie został|dalej)(?: (?:nie|jest|istnieje|rozwiazany|wystepuje))*"
    r"|(?:juz )?(?:tego )?(?:juz )?(?:probowalem|probowalam|próbowałem|probowałem|probowałam)(?: (?:juz|tego|to))*"
    r"|bez (?:skutku|zmian)|nic z tego|to nie to"
)
_JA_WORKS = (
    r"(?:(?:もう|やっと|無事に?|すぐに?|これで|おかげで|うまく|はい|問題は?|ちゃんと) ?)*(?:解決(?:しました|できました|した|済みです)|直りました|直った|できました|できた"
    r"|動きました|動いた|動くようになりました|うまくいきました|うまくいった|治りました|助かりました)(?:よ|ね)?"
)
_JA_FAILS = (
    r"(?:(?:まだ|やっぱり|やはり|それでも|でも|全然|うまく|これでは?|何も|問題が|問題は) ?)*(?:動きません(?:でした)?|動かない(?:です)?|だめ(?:です|でした|だった)?|ダメ(?:です|でした|だった)?"
    r"|できません(?:でした)?|できない(?:です)?|できなかった(?:です)?|うまくいきません(?:でした)?|いきません(?:でした)?|解決(?:しません|しない|していません|しませんでした|できません(?:でした)?)"
    r"|直りません(?:でした)?|直らない(?:です)?|変わりません(?:でした)?|変わらない(?:です)?|役に立ちません(?:でした)?)|(?:それは)?もう(?:試しました|やりました|試した|やった)"
    r"|(?:それは)?(?:すでに|既に)(?:試しました|やりました)"
)
_RU_WORKS = (
    r"(?:(?:да|все|всё|теперь|уже|спасибо|ура|это|наконец) )*(?:работает|заработало|помогло|получилось|решено|решилось|исправлено|сработало|разобрался|разобралась)"
    r"(?: (?:теперь|спасибо|уже))*|(?:проблема|вопрос) (?:решена|решен|решён|снят)"
)
_RU_FAILS = (
    r"(?:(?:все|всё|это|по прежнему|попрежнему|все равно|всё равно|еще|ещё|к сожалению|но|у меня|так и|уже) )*"
    r"не (?:работает|помогло|помогает|сработало|получилось|получается|заработало|решено|решило проблему)(?: (?:все равно|до сих пор|у меня))*"
    r"|(?:(?:я|уже|это|так) )*(?:пробовал|пробовала|попробовал|попробовала)(?: (?:уже|это|так))*|без изменении|проблема (?:осталась|не решена)"
)
_SV_WORKS = (
    r"(?:(?:ja|nu|det|allt|tack|super|ok|problemet|ar) )*(?:fungerar|funkar|fungerade|funkade|lost|hjalpte|fixat|loste sig|klart)(?: (?:nu|bra|igen|tack|det))*"
    r"|problemet (?:ar |har )?(?:lost|lost sig)"
)
_SV_FAILS = (
    r"(?:(?:det|tyvarr|men|nej|den) )*(?:fungerar|funkar|fungerade|funkade|hjalpte|hjalper|gick|gar) (?:(?:fortfarande|tyvarr|det|heller|anda) )*inte(?: (?:alls|heller|langre|tyvarr))*"
    r"|(?:det )?fortfarande (?:samma (?:problem|fel)|inte lost)|(?:det )?har jag redan (?:provat|testat|forsokt)|jag har redan (?:provat|testat|forsokt)(?: det)?|inte lost|samma fel"
)
_ZH_WORKS = r"(?:(?:现在|已经|终于|问题|我|都|这下|成功) ?)*(?:可以了|好了|解决了|搞定了?|能用了|正常了|成功了|行了|解決了|沒問題了|没问题了)"
_ZH_FAILS = (
    r"(?:(?:还是|還是|仍然|依然|但|这个|这|那|也|问题|我这边) ?)*(?:不行|没用|沒用|不能用|不起作用|没有用|没解决|没有解决|没有帮助|不管用|不好用|用不了|沒有解決|失败了?|无效|沒有用)"
    r"|(?:我)?(?:已经|早就|都)?(?:试过了?|試過了?)(?:这个|了)?"
)
_KO_WORKS = r"(?:(?:이제|잘|다|네|드디어|문제가|문제는) ?)*(?:됩니다|돼요|됐어요|되네요|해결됐어요|해결되었습니다|해결됐습니다|작동합니다|작동해요|됐습니다|고쳐졌어요)"
_KO_FAILS = (
    r"(?:(?:아직도?|여전히|그래도|계속|문제가|아직) ?)*(?:안 ?(?:됩니다|돼요|되네요|됐어요|되는데요)|작동하지 않(?:습니다|아요)|해결되지 않았(?:습니다|어요)|해결이? 안 ?(?:됐어요|돼요|되었습니다|됩니다)|도움이 안 ?(?:됐어요|돼요|됩니다))"
    r"|(?:이미|벌써) (?:해봤어요|해 봤어요|시도했어요|해봤습니다|시도해 봤습니다)"
)

ABROAD: dict[Act, tuple[str, ...]] = {
    Act.greeting: (
        r"(?:czesc|hej|hejka|siema|witam|witaj|witajcie|dzien dobry|dobry wieczor|dobry|halo)(?: (?:wszystkim|panstwu|ponownie|zespol|zespole))*",
        r"(?:こんにちは|こんにちわ|こんばんは|おはよう(?:ございます)?|はじめまして|もしもし|どうも|やあ|お世話になっております|お世話になります)",
        r"(?:привет(?:ик)?|приветствую|здравствуи(?:те)?|доброе утро|добрыи (?:день|вечер)|доброго (?:дня|времени суток)|хаи)(?: (?:всем|еще раз|снова))*",
        r"(?:你好|您好|嗨|哈喽|哈啰|大家好|早上好|下午好|晚上好|早安|晚安好|在吗|有人吗|嗨你好)(?:啊|呀)?",
        r"(?:안녕|안녕하세요|안녕하십니까|반갑습니다|여보세요|좋은 아침입니다|수고하세요|처음 뵙겠습니다)",
        r"(?:hej|hejsan|tjena|tja|hallå|halla|god (?:morgon|kvall|dag)|godmorgon|goddag|godkvall)(?: (?:hej|alla|pa er|igen|dar))*",
    ),
    Act.farewell: (
        r"(?:do widzenia|na razie|pa|pa pa|do (?:zobaczenia|uslyszenia|usłyszenia|jutra)|miłego (?:dnia|wieczoru|weekendu)|milego (?:dnia|wieczoru|weekendu)|dobranoc|pozdrawiam|z powazaniem)",
        r"(?:さようなら|さよなら|失礼します|失礼いたします|またね|ではまた|それではまた|では失礼します|おやすみ(?:なさい)?|よい一日を|良い一日を|以上です)",
        r"(?:до свидания|пока|до встречи|всего (?:доброго|хорошего)|хорошего (?:дня|вечера)|спокоинои ночи|удачи|прощаите|с уважением|до завтра)",
        r"(?:再见|再見|拜拜|回头见|回见|祝(?:你|您)?(?:一天)?(?:愉快|好运|有美好的一天)|晚安|下次见|明天见)(?:了|啦)?",
        r"(?:안녕히 계세요|안녕히 가세요|잘 있어요|다음에 봐요|또 봐요|나중에 봐요|좋은 하루 (?:되세요|보내세요)|수고하셨습니다|안녕히 주무세요)",
        r"(?:hej då|hej da|hejda|hejdå|adjö|adjo|vi ses|vi hors|ha (?:det bra|en (?:bra|fin|trevlig) (?:dag|kvall|helg))|god natt|(?:med )?vanliga halsningar|mvh)",
    ),
    Act.thanks: (
        r"(?:(?:ok|super|swietnie|wielkie|bardzo|serdecznie|slicznie|dobrze) )*(?:dzieki|dziekuje|dziekuję|dziekujemy|dziekowac|dzieks)(?: (?:bardzo|wielkie|serdecznie|slicznie|za (?:pomoc|odpowiedz|informacje|szybka odpowiedz|wszystko)|z gory))*",
        r"(?:どうも|本当に|誠に|大変|ご?丁寧に|回答|ご?回答|ご?対応|ご?協力)? ?(?:ありがとう(?:ございます|ございました|ね)?|有難うございます|感謝します|感謝いたします|助かります|どうも|サンキュー|お疲れ様です)",
        r"(?:(?:ок|хорошо|отлично|супер|да) )*(?:спасибо|благодарю|спс|пасиб|большое спасибо|огромное спасибо)(?: (?:большое|огромное|вам|тебе|за (?:помощь|ответ|информацию|быстрыи ответ)|заранее))*",
        r"(?:好的?|太好了|非常|十分|真是|那)?(?:谢谢|謝謝|多谢|多謝|感谢|感謝|谢啦|谢了)(?:你|您|了|啦|大家|(?:你|您)?的(?:帮助|回答|解答|幫助))?",
        r"(?:정말 |대단히 |너무 |도와주셔서 |답변 |알려주셔서 )*(?:감사합니다|감사해요|감사드립니다|고맙습니다|고마워요?|땡큐)",
        r"(?:(?:ok|super|ja|stort|jattebra) )*(?:tack|tackar|tusen tack)(?: (?:sa (?:mycket|jattemycket)|for (?:hjalpen|svaret|informationen|allt)|ska du ha|snalla|sjalv))*",
    ),
    Act.acknowledgement: (
        r"(?:(?:ok|tak|no|aha|dobra) )*(?:rozumiem|jasne|dobrze|dobra|tak|w porzadku|zrozumiałem|zrozumialem|zrozumiałam|zrozumialam|pewnie|okej|swietnie|super|sprobuje|spróbuje)",
        r"(?:はい|了解(?:です|しました|いたしました)?|わかりました|分かりました|承知(?:しました|いたしました|です)|なるほど|そうですか|うん|ええ|試してみます|やってみます|オーケー|なるほどです)",
        r"(?:(?:ок|да|ну) )*(?:понятно|понял|поняла|ясно|хорошо|ладно|ок|океи|да|угу|отлично|супер|попробую|принято|ага)",
        r"(?:好的?|好吧|明白了?|知道了?|了解了?|懂了|嗯+|收到|行|可以|没问题|原来如此|我试试|好嘞|對|对)",
        r"(?:네|예|알겠습니다|알겠어요|이해했습니다|이해했어요|좋아요|그렇군요|오케이|확인했습니다|해볼게요|응|아하)",
        r"(?:(?:ok|ja|jo|aha) )*(?:jag forstar|forstar|forstatt|okej|bra|toppen|javisst|visst|ja|jo|absolut|uppfattat|perfekt|jag provar|ska testa|da sa)",
    ),
    Act.doubt: (
        r"(?:(?:ale|i|a|hm) )*(?:(?:czy )?(?:jestes|jest pan|jest pani|na) pewien|(?:czy )?(?:jestes|jest pani) pewna|na pewno|naprawde|serio|czy to (?:prawda|pewne|aktualne|na pewno prawda)|skad (?:to )?(?:wiesz|pan wie|pani wie)(?: to)?|gdzie (?:to|tak) (?:jest )?(?:napisane|pisze)|gdzie to jest napisane|(?:jakie )?(?:jest )?zrodlo|nie rozumiem|co to znaczy)",
        r"(?:本当(?:ですか|に|なの|でしょうか)?|ほんと(?:う)?(?:ですか|に)?|確か(?:ですか|なの)|間違いない(?:ですか)?|それは(?:本当|確か|正しい)(?:ですか)?|どこに(?:書いて(?:あります|ある)か?|書いてありますか)|(?:情報)?(?:の)?(?:出典|ソース|根拠)(?:は|はどこですか|はありますか|を教えてください)?|どういう(?:意味|こと)(?:ですか)?|(?:よく)?(?:わかりません|分かりません|わからない(?:です)?|分からない(?:です)?)|まじで|マジで)(?:か)?",
        r"(?:(?:а|но|вы|ты) )*(?:уверены?|(?:точно|правда|серьезно|неужели)|это (?:правда|точно|верно|так)|откуда (?:вы|ты)?(?: это)?(?: знаете| знаешь| информация| такая информация)*|где (?:это )?(?:написано|указано|сказано)|(?:какои |есть )?источник|(?:я )?не (?:понял|поняла|понимаю)|не верю|вы уверены)(?: (?:в этом|что это так))*",
        r"(?:你|您)?(?:确定|確定|真的|确认)(?:吗|嗎|么|是这样吗|是真的吗)?|真的假的|是真的吗|(?:来源|出处|依据|證據|证据)(?:是什么|在哪里|呢)?|(?:这|這)?(?:在)?哪里(?:写的|有写|说的|寫的)|(?:你|您)?怎么知道(?:的)?|(?:我)?(?:不明白|没听懂|没看懂|不懂|不理解)|什么意思|有(?:来源|依据|链接)吗",
        r"(?:정말(?:이에요|인가요|입니까|요)?|진짜(?:요|예요|인가요)?|확실(?:해요|한가요|합니까)|맞아요|맞나요|사실이에요|사실인가요|그게 맞나요|(?:출처|근거)(?:가|는)?(?: (?:어디|뭐|무엇)(?:예요|인가요|입니까|에요))?|어디에 (?:나와|써|적혀) ?있(?:나요|어요|습니까)|어떻게 (?:알아요|아세요)|이해가 안 ?(?:돼요|됩니다|가요)|무슨 (?:뜻|말)(?:이에요|인가요|이죠))",
        r"(?:(?:men|ar|och) )*(?:(?:ar )?du (?:helt |verkligen )?saker(?: pa (?:det|detta))?|verkligen|pa riktigt|sakert|ar det (?:sant|sakert|ratt|verkligen sa|korrekt)|stammer det(?: verkligen)?|var (?:star|finns) det(?: skrivet)?|hur vet du(?: det)?|(?:vad ar )?(?:kallan?|din kalla)|har du en (?:kalla|lank)|(?:jag )?forstar inte|vad menar du)",
    ),
    Act.failure: (_PL_FAILS, _JA_FAILS, _RU_FAILS, _ZH_FAILS, _KO_FAILS, _SV_FAILS),
    Act.confirmation: (_PL_WORKS, _JA_WORKS, _RU_WORKS, _ZH_WORKS, _KO_WORKS, _SV_WORKS),
}  # fmt: skip
