/* SPDX-License-Identifier: MIT */
/* Names in many scripts, with combining marks and an emoji. See data.h. */
#include "data.h"

/* clang-format off */
const struct data_script data_scripts[] = {
{"en_US", "America/Los_Angeles", 40,
 {{"Alice", 0}, {"Brian", 0}, {"Carol", 0}, {"Derek", 0}, {"Emma", 0}, {"Frank", 0}},
 {{"Adams", 0}, {"Baker", 0}, {"Clark", 0}, {"Davis", 0}, {"Evans", 0}, {"Foster", 0}}},
{"en_GB", "Europe/London", 12,
 {{"George", 0}, {"Harriet", 0}, {"Isla", 0}, {"Jack", 0}, {"Nigel", 0}, {"Poppy", 0}},
 {{"O'Connor", "o'connor"}, {"Smith-Jones", 0}, {"D'Arcy", "d'arcy"}, {"Hughes", 0}, {"Walsh", 0}, {"Price", 0}}},
{"de_DE", "Europe/Vienna", 10,
 {{"Jürgen", "juergen"}, {"Anna", 0}, {"Björn", "bjoern"}, {"Käthe", "kaethe"}, {"Lukas", 0}, {"Zoë", "zoe"}},
 {{"Müller", "mueller"}, {"Weiß", "weiss"}, {"Schröder", "schroeder"}, {"Koch", 0}, {"Groß", "gross"}, {"von der Tann", "vondertann"}}},
{"fr_FR", "Europe/Paris", 8,
 {{"Éloïse", "eloise"}, {"François", "francois"}, {"Noël", "noel"}, {"Chloé", "chloe"}, {"Rémi", "remi"}, {"Maël", "mael"}},
 {{"Lefèvre", "lefevre"}, {"D'Artagnan", "d'artagnan"}, {"Bœuf", "boeuf"}, {"Garçon", "garcon"}, {"Durand", 0}, {"Petit", 0}}},
{"ru_RU", "Europe/Moscow", 6,
 {{"Иван", "ivan"}, {"Ольга", "olga"}, {"Дмитрий", "dmitry"}, {"Анна", "anna"}, {"Юрий", "yury"}, {"Ксения", "ksenia"}},
 {{"Петров", "petrov"}, {"Смирнова", "smirnova"}, {"Щукин", "shchukin"}, {"Ёлкин", "yolkin"}, {"Козлова", "kozlova"}, {"Жуков", "zhukov"}}},
{"zh_CN", "Asia/Shanghai", 6,
 {{"伟", "wei"}, {"芳", "fang"}, {"秀英", "xiuying"}, {"敏", "min"}, {"静", "jing"}, {"磊", "lei"}},
 {{"王", "wang"}, {"李", "li"}, {"张", "zhang"}, {"刘", "liu"}, {"陈", "chen"}, {"欧阳", "ouyang"}}},
{"ar_AE", "Asia/Dubai", 5,
 {{"محمد", "mohammed"}, {"فاطمة", "fatima"}, {"علي", "ali"}, {"ليلى", "layla"}, {"يوسف", "yusuf"}, {"نور", "nour"}},
 {{"الحسن", "alhassan"}, {"منصور", "mansour"}, {"خليل", "khalil"}, {"حداد", "haddad"}, {"السيد", "alsayed"}, {"نجار", "najjar"}}},
{"ja_JP", "Asia/Tokyo", 4,
 {{"太郎", "taro"}, {"花子", "hanako"}, {"さくら", "sakura"}, {"ケン", "ken"}, {"翔", "sho"}, {"葵", "aoi"}},
 {{"佐藤", "sato"}, {"鈴木", "suzuki"}, {"髙橋", "takahashi"}, {"田中", "tanaka"}, {"渡邊", "watanabe"}, {"𠮷田", "yoshida"}}},
{"vi_VN", "Asia/Ho_Chi_Minh", 3,
 {{"Nguye\u0302\u0303n", "nguyen"}, {"Tha\u0309o", "thao"}, {"Du\u031b\u01a1ng", "duong"}, {"Linh", 0}, {"Hu\u031bng", "hung"}, {"Ye\u0302\u0301n", "yen"}},
 {{"Tr\u00e2\u0300n", "tran"}, {"L\u00ea", "le"}, {"Pha\u0323m", "pham"}, {"Vo\u0303", "vo"}, {"\u0110a\u0323\u0306ng", "dang"}, {"Bu\u0300i", "bui"}}},
{"he_IL", "Asia/Jerusalem", 2,
 {{"דוד", "david"}, {"שרה", "sarah"}, {"נועם", "noam"}, {"רחל", "rachel"}, {"איתן", "eitan"}, {"תמר", "tamar"}},
 {{"כהן", "cohen"}, {"לוי", "levi"}, {"מזרחי", "mizrahi"}, {"פרץ", "peretz"}, {"ביטון", "biton"}, {"אדרי", "edri"}}},
{"hi_IN", "Asia/Kolkata", 2,
 {{"अर्जुन", "arjun"}, {"प्रिया", "priya"}, {"राहुल", "rahul"}, {"अंजलि", "anjali"}, {"विक्रम", "vikram"}, {"दीपा", "deepa"}},
 {{"शर्मा", "sharma"}, {"सिंह", "singh"}, {"गुप्ता", "gupta"}, {"पटेल", "patel"}, {"कुमार", "kumar"}, {"द्विवेदी", "dwivedi"}}},
{"en_AU", "Australia/Sydney", 2,
 {{"Ruby 💎", "ruby"}, {"Kai 🏄🏽\u200d♂️", "kai"}, {"Zed \"Z\" \\o/", "zed"}, {"Tab\tbed", "tabbed"}, {"Maximiliana-Theodora-Wilhelmine", "maximiliana-theodora-wilhelmine"}, {"X Æ", "xae"}},
 {{"Null", 0}, {"Test", 0}, {"<b>Bold</b>", "bold"}, {"Wolfeschlegelsteinhausenbergerdo", "wolfeschlegelsteinhausenbergerdorff"}, {"%s%n", "percent"}, {"Smith, Jr.", "smithjr"}}},
};
/* clang-format on */

const size_t data_scripts_n = sizeof data_scripts / sizeof *data_scripts;
