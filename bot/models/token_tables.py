"""Common words of code and its prose, each a single token, and the weights of all other pieces.

A word is in a list when it was one token in every vocabulary of the family that was measured.
"""

from bot.models.token_pieces import Letters, Weights

_EVERYWHERE = """
about abs abstract accept access account action actions active actual add added adding address
admin after again agent alias align all allow allowed alpha also alt always am amount an and
angle anim any api app append apple application apply arch archive are area arg args argument
arguments around array arrow art as asc assert asset assign async at attach attr attribute
attributes audio auth author auto available await axis back background bad bar base based basic
batch be because before begin being best beta between big bin binary bind bit bits black blank
block blocks blog blue board body book bool boolean boot border both bottom bound box branch
break bridge browser buffer bug build builder built but button buttons by byte bytes cache call
callback called calls camera can cancel capture card case cases cast cat catch category cell
center chain change changed changes channel char character chart chat check checked child
children choice chunk circle city class classes clean clear click client clock clone close closed
cloud cluster cmd code collect collection color colors column columns com come command commands
comment comments commit common company compare compile complete component components compute con
config configuration conn connect connection console const constant constants construct contact
container contains content contents context continue contract control controller convert cookie
copy core correct cost could count counter country course cover cpu create created cur current
cursor custom customer cut data database dataset date day days db dead debug dec decl decode deep
def default defaults define defined definition del delay delete delta demo dep depend depth desc
description dest destroy detail details detect dev device did diff dim dir direct direction
directory disable disk display dist distance div do doc document does domain done dot double down
download draw drive driver drop due dump duration dynamic each echo edge edit editor effect
element elements else email empty enable enabled encode encoding end ends engine ensure enter
entity entries entry enum env environment equal err error errors escape eval even event events
ever every example except exception exec execute exist existing exists exit exp expand expect
expected export expr expression ext extension external extra face fact factor factory fail failed
failure false family fast feed fetch field fields file filename files fill filter filters final
find first fit five fix fixed flag flags flat flex float flow flush focus folder follow font foo
foot for force form format forward found four frame framework free friend from front full func
function functions future game general generate generated generator get gets git global go going
good google got graph gray green grid group groups guard had half hand handle handler hard has
hash have he head header headers height help helper her here hex hidden hide high him his history
hit hold home hook host hot hour how html http https human icon id identifier ids if ignore image
images impl import in inc include includes index info init initial initialize inner input inputs
insert install instance int integer interface internal interval into invalid ip is issue issues
it item items iter iterator its java job join json just keep kernel key keys keyword kind know
known label lambda lang language large last late latest layer layout leaf leave left len length
less let letter level lib library license light like limit limits line linear lines link links
list listen listener lists live load loaded loader local location lock log logger logging login
logs long look lookup loop low lower mac machine made mail main make making manager many map
mapping mark master match matched matches material math matrix max may me mean media member
members memory menu merge message messages meta metadata method methods metric middle min minute
mobile mock mod mode model models modified module modules moment month more most mount mouse move
msg multi multiple must mut my name named names namespace native nav need negative nested net
never new next no node nodes none nor normal not note notes now null num number obj object
objects of off offset ok old on once one only onto op open operation operator opt option optional
options or order org origin original os other others our out output over overflow override own
owner pack package packages pad padding page pages pair panel paper parallel param parameter
parameters params parent parse parser part partial parts party pass password patch path paths
pattern payload pending people per percent perform period person phone photo pick pipe pipeline
pixel place plain plan platform play player plot plugin plugins point pointer points policy poll
pool pop port position possible post posts power pre prefix prepare present press prev previous
price primary print private process processing product profile program progress project projects
prop properties property props proto protocol provider proxy public publish pull push put python
qual quality query question queue quick quote radius raise rand random range rate raw read reader
ready real reason record records red redirect reduce ref reference refresh reg regex region
register registry related relative release remote remove render repeat replace reply repo report
repository request requests require required reset resolve resource resources response rest
result results return returns reverse review right role roll root round route router row rows
rule rules run runner running runtime safe same sample save saved say scale scan schedule schema
scope score screen script scripts scroll search second seconds section secure security see seed
seen segment select selected selection self send sender sensor sent sequence serial series server
service services session set sets setting settings setup shape share shared she sheet shell shift
short should show side sign signal simple since single site six size skip sleep slice slot small
smart so socket soft some something sort sound source sources space span spec special specific
speed split spring sql square src stack stage standard start state statement states static
station status std step steps stop storage store str stream strict string strings strip strong
struct structure style styles sub subject submit success such suite sum summary super support
supported swap switch symbol sync sys system tab table tables tag tags tail take target task
tasks team temp template templates ten tensor term test testing tests text than that the theme
then there they thing think third this thread three through time timeout timer times timestamp
title to token tokens too tool tools top topic total touch trace track train transaction transfer
transform translate transport tree trigger trim true try tuple turn two type types under unique
unit units unknown until up update updated upload upper url us usage use used user username users
uses using utf util utils valid validate validation value values var variable variables variant
vector verify version versions vertex vertical very via video view views virtual visible visit
void volume wait wall want warn warning was watch water way ways we web week weight well were
what when where which while white who why widget width will win window windows wire with without
word words work worker works world wrap wrapper write writer writing written xml year yes you
your zero zip zone
"""
_LARGE = """
against allows already android another arrays avg bash been below bundle came candidate
characters checks choose css csv decimal declare delegate dependencies digit dispatch docs
documentation early easy either encoder endif enough exact examples exclude explicit extends few
finally fine fork formats further getting give given gives guide having hello hooks hours
implement implementation included inline inside instead invoke javascript later lazy levels
lifetime linux literal little makes matching maximum means might minimum minutes modify much
music mutable near nest nil nothing notice numbers numpy often otherwise passed patterns
performance php ping pip please precision preview printf promise provided pure rather react
readable reading really receive received reject requires reserved resize resume roles rotate runs
said shadow shown sizes slow software sorted specified started starting still strategy street
suffix sure syntax taken takes tell temporary terminal tested their them these those throw throws
today together toggle took typed ui unable unless unsigned upon usually validator wanted warnings
website welcome whether whole whose within would wrong years yet yield
"""
EVERYWHERE = frozenset(_EVERYWHERE.split())
"""One token in every vocabulary that was measured."""
LARGE = EVERYWHERE | frozenset(_LARGE.split())
"""One token in the vocabularies of 100,000 tokens and more that resemble each other."""


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
