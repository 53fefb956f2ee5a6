//! Display names, as people choose them and as programs make them.

use super::{dice::Dice, world::City};

const SURNAMES: [&str; 40] = [
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "周", "吴", "徐", "孙", "马", "朱", "胡", "郭",
    "何", "林", "高", "罗", "郑", "梁", "谢", "宋", "唐", "许", "邓", "韩", "冯", "曹", "彭", "曾",
    "肖", "田", "董", "潘", "袁", "蔡", "蒋", "余",
];
const GIVEN: [&str; 48] = [
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明",
    "超", "霞", "平", "刚", "桂英", "欣怡", "子涵", "浩然", "雨桐", "宇轩", "诗涵", "梓萱", "俊杰",
    "思远", "晓明", "佳琪", "建国", "文博", "雪", "婷", "鑫", "宇航", "一诺", "可馨", "志强",
    "海燕", "天佑", "若曦", "晨", "凯", "倩", "博文",
];
const NICKNAMES: [&str; 44] = [
    "小熊软糖",
    "风吹麦浪",
    "不想上班",
    "今天也要加油",
    "橘子汽水",
    "一只咸鱼",
    "云淡风轻",
    "摸鱼大师",
    "月亮不睡我不睡",
    "清风徐来",
    "星河滚烫",
    "夏天的风",
    "打工人",
    "柠檬茶",
    "码农",
    "晚安玛卡巴卡",
    "三月的雨",
    "北方的狼",
    "南山南",
    "东风破",
    "芝士就是力量",
    "阿狸",
    "小王子",
    "大白兔",
    "追风少年",
    "花开半夏",
    "老张",
    "阿强",
    "麻辣烫",
    "奶茶三分糖",
    "moon",
    "sunny",
    "Lucky",
    "cloud",
    "Echo",
    "jasmine",
    "coder",
    "Kiki",
    "Leo",
    "Vivian",
    "Momo",
    "Kevin",
    "Yoyo",
    "Neo",
];
const PINYIN: [&str; 40] = [
    "wang", "li", "zhang", "liu", "chen", "yang", "huang", "zhao", "wu", "zhou", "xiao", "ming",
    "hao", "jun", "wei", "feng", "lei", "tao", "xin", "yu", "jia", "qi", "bo", "lin", "rui", "kai",
    "peng", "dong", "hui", "yan", "ting", "long", "fei", "hong", "bin", "gang", "chao", "lan",
    "mei", "xue",
];
const WESTERN: [&str; 36] = [
    "James", "Mary", "Michael", "Linda", "David", "Sarah", "Chris", "Emma", "Daniel", "Olivia",
    "Lucas", "Sofia", "Mateus", "Ana", "Pedro", "Julia", "Hans", "Lena", "Felix", "Mia", "Paul",
    "Laura", "Rahul", "Priya", "Amit", "Anjali", "Arjun", "Neha", "Budi", "Siti", "Agus", "Dewi",
    "Chinedu", "Ngozi", "Emeka", "Amaka",
];
const FAMILIES: [&str; 24] = [
    "Smith", "Johnson", "Brown", "Garcia", "Miller", "Davis", "Silva", "Santos", "Souza",
    "Oliveira", "Müller", "Schmidt", "Weber", "Fischer", "Sharma", "Patel", "Singh", "Kumar",
    "Santoso", "Wijaya", "Okafor", "Adeyemi", "Eze", "Bello",
];
const JAPANESE: [&str; 16] = [
    "佐藤健",
    "鈴木美咲",
    "高橋翔太",
    "田中さくら",
    "渡辺大輔",
    "伊藤結衣",
    "山本拓也",
    "中村陽菜",
    "小林蓮",
    "加藤葵",
    "ゆき",
    "たろう",
    "ハルカ",
    "ミナト",
    "あおい",
    "そら",
];
const RUSSIAN: [&str; 18] = [
    "Александр",
    "Мария",
    "Дмитрий",
    "Анна",
    "Иван",
    "Елена",
    "Сергей",
    "Ольга",
    "Алексей",
    "Наталья",
    "Максим",
    "Татьяна",
    "Иванов",
    "Смирнова",
    "Кузнецов",
    "Попова",
    "Соколов",
    "Лебедева",
];

/// What the service calls somebody who chose no name.
pub fn by_default(dice: &mut Dice) -> String {
    format!("用户{}", dice.whole(100_000, 99_999_999))
}

/// A name that a person of a city chose.
pub fn chosen(city: &City, dice: &mut Dice) -> String {
    match city.country.code {
        "CN" | "HK" => match dice.weighted([0.34, 0.30, 0.22, 0.14].into_iter()) {
            0 => format!("{}{}", dice.pick(&SURNAMES), dice.pick(&GIVEN)),
            1 => {
                let word = *dice.pick(&NICKNAMES);
                numbered(word, 0.45, dice)
            }
            2 => pinyin(dice),
            _ => format!("{}{}", dice.pick(&NICKNAMES), dice.pick(&GIVEN)),
        },
        "JP" if dice.chance(0.7) => {
            let word = *dice.pick(&JAPANESE);
            numbered(word, 0.3, dice)
        }
        "RU" if dice.chance(0.8) => match dice.chance(0.5) {
            true => format!("{} {}", dice.pick(&RUSSIAN), dice.pick(&RUSSIAN)),
            false => {
                let word = *dice.pick(&RUSSIAN);
                numbered(word, 0.4, dice)
            }
        },
        _ => western(dice),
    }
}

/// Pinyin syllables with or without a number, as login names have it.
pub fn pinyin(dice: &mut Dice) -> String {
    let syllables = dice.whole(2, 3);
    let word: String = (0..syllables).map(|_| *dice.pick(&PINYIN)).collect();
    numbered(&word, 0.55, dice)
}

fn western(dice: &mut Dice) -> String {
    let (given, family) = (*dice.pick(&WESTERN), *dice.pick(&FAMILIES));
    match dice.weighted([0.4, 0.25, 0.2, 0.15].into_iter()) {
        0 => format!("{given} {family}"),
        1 => numbered(given, 0.5, dice),
        2 => numbered(
            &format!("{}{}", given.to_lowercase(), family.to_lowercase()),
            0.6,
            dice,
        ),
        _ => format!("{given} {}.", family.chars().next().unwrap_or('X')),
    }
}

/// Perhaps with a number: a year, a day, or any.
fn numbered(word: &str, probability: f64, dice: &mut Dice) -> String {
    if !dice.chance(probability) {
        return word.into();
    }
    let number = match dice.weighted([0.35, 0.30, 0.35].into_iter()) {
        0 => dice.whole(1975, 2012),
        1 => dice.whole(1, 99),
        _ => dice.whole(100, 9_999),
    };
    format!("{word}{number}")
}

/// Letters and digits without sense.
pub fn senseless(dice: &mut Dice) -> String {
    let letters = dice.whole(5, 10);
    let word: String = (0..letters)
        .map(|_| char::from(b'a' + dice.whole(0, 25) as u8))
        .collect();
    format!("{word}{}", dice.whole(10, 9_999))
}

/// The stem of a series that differs in its number only.
pub fn stem(city: &City, dice: &mut Dice) -> String {
    let name = chosen(city, dice);
    name.trim_end_matches(|c: char| c.is_ascii_digit()).into()
}
