"""What texts cost in two families of vocabularies.

The numbers are the cheapest (a linear program) that put no text of a large corpus below its true
count by 3 %: code of 17 languages, data, prose, diffs, logs, random bytes and letters of every
script. The letters' are what a pair adds to a word's tokens, by least squares.
`bench/tokens.py` measures the margin.
"""

from bot.models.common_words import EVERYWHERE, LARGE
from bot.models.token_pieces import Letters, Weights

ANY_WEIGHTS = Weights(
    common=100,
    title=145,
    word=100,
    hard=183,
    capitals=100,
    capitals_hard=178,
    capitals_each=22,
    letter=147,
    number=10,
    digit=108,
    blanks=100,
    blanks_16=94,
    tabs=119,
    tabs_more=101,
    line=103,
    line_more=103,
    line_after_sign=89,
    blank_sign=0,
    sign=100,
    pair=133,
    ruler=100,
    ruler_more=51,
    same=100,
    same_more=103,
    joined_dot=114,
    joined_slash=100,
    joined_bracket=100,
    joined_sign=100,
    joined_hard=95,
    bytes_1=103,
    bytes_2=209,
    bytes_3=309,
    bytes_4=412,
)
LARGE_WEIGHTS = Weights(
    common=102,
    title=111,
    word=100,
    hard=283,
    capitals=136,
    capitals_hard=245,
    capitals_each=0,
    letter=100,
    number=10,
    digit=108,
    blanks=100,
    blanks_16=56,
    tabs=100,
    tabs_more=11,
    line=100,
    line_more=30,
    line_after_sign=30,
    blank_sign=27,
    sign=100,
    pair=100,
    ruler=100,
    ruler_more=6,
    same=100,
    same_more=51,
    joined_dot=35,
    joined_slash=90,
    joined_bracket=51,
    joined_sign=59,
    joined_hard=60,
    bytes_1=104,
    bytes_2=245,
    bytes_3=308,
    bytes_4=410,
)
ANY_LETTERS = Letters(
    common=EVERYWHERE,
    first=52,
    pairs=(
        "jikhgjiijiijkkkjiljikiljkkl"
        "loiiipjiliwkflgqjngkgjlkijl"
        "ijlmofporinlinuimqjkokqqpoq"
        "ilokohnujhpgipokjrkiiiqqpho"
        "glnnmjomqhnpjqnihrkiolonljt"
        "gjohhjihikiljjgklfhikniggmr"
        "jkmonjjhrisrlkmimsjphkroqkr"
        "jnpopiglgjttmnkjmskqmjjstek"
        "jjnqohtsoksunqeilqjniiqpsho"
        "lkjfhghfsmqigifeimmhhpkrmtd"
        "kotpmnttqplqrsrglpsmtjpqrst"
        "gmjpmipkolpnqqloproknpphsss"
        "jknliilnijonjjjhhsjllklpncs"
        "jhinmfrkqinikjqmhopjnlmrlms"
        "jkphjjkgrklnnljjospkjjmlqlm"
        "llikjjikrlifhheljnhkiihinko"
        "jknmiinpjlrngklghpimhhpmjlr"
        "mhtsqrqrqqrrhquookronerrrtr"
        "jknljhiimiuhnijimpklkinlmjq"
        "glmkohjljjtlmmjjkpihiijlphp"
        "himllhlmdipsokmilqjjjinigip"
        "mlhdhqijqjopfjinjqhignnpest"
        "lipnpgrjqhrshjoiqqpnkloqrvp"
        "jhlqofqqlksolpieoqjlopshqrt"
        "jimkqlotlkrpnkrolspkirqqmqr"
        "hjkmtinrohqslknkkpckkppjsnm"
        "hprqoorqmnpqtpqlqrtprupormk"
    ),
)
LARGE_LETTERS = Letters(
    common=LARGE,
    first=25,
    pairs=(
        "iijhhiiijihiljikijjhjikhghj"
        "jojiinjgpiojgjgnikfjgljihki"
        "hjkimgmqqjmnhmthmnijhjknpmn"
        "jkkinhltigjfinoklogkihnmoeo"
        "hkknjikkngkljoniloiioklnlio"
        "gikhgkihkihkkkgkigghjnifikp"
        "jjnnnijkmjonjkkgnnlkjhnmppn"
        "innkpjokhkspmllhnpjkliiqoik"
        "ihkrlhsnoipqnmhhjlhugjloqhn"
        "jjlfhhgfsmojghffhklggmkomsf"
        "impkimqrnnnpomqhklomqinpqqr"
        "gmnlkkilohmnoqkjopqlmnnjqpq"
        "iijlhhlmeikpimjhhpkkliinkfp"
        "igilkfqmkiklngmigomkollolnq"
        "jkljijjhnkhoikjjnqkjikkinlk"
        "kihiklgjqnifihejilhkiiijokm"
        "jimnjikrlknmhimfhkgkhkllnjn"
        "kgrnnlppmopqgoppmmpomdoplsp"
        "ijkljiikiiuhmjjjllkjkjllhjm"
        "hjkjmhjiiirolniijkkjiijklho"
        "hilljhjigjoojlkiiogiihnklgq"
        "llfgjnekolnoeigojoiigklogqo"
        "ljmhngpklhooiilinpnkjjmnppm"
        "ihonkfolomoljoffnpiinookqpp"
        "ihohoinrjhppohnnjqqkhsqpopq"
        "hkkopiopljsqlijjiqghjppfqlj"
        "ikonmjnmmmoonpmmnprpqqmomnf"
    ),
)
