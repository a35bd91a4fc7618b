//! The North American plan (+1): area codes by country and zone. An area that lies in two zones stands under both.

use super::Home;

/// Every zone of the forty-eight states and their neighbours: for numbers that are tied to no area.
pub(super) const ANYWHERE: &[&str] =
    &["America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"];

/// Country, zones and area codes.
type Area = (&'static str, &'static [&'static str], &'static str);

#[rustfmt::skip]
const AREAS: &[Area] = &[
    ("US", &["America/New_York"], "201 202 203 207 212 215 216 220 223 227 229 234 239 240 248 252 267 272 276 301 302 304 \
        305 313 315 321 324 326 330 332 336 339 347 351 352 380 386 401 404 407 410 412 413 419 434 440 443 445 448 470 \
        472 475 478 484 508 513 516 517 518 540 551 557 561 567 570 571 582 585 586 603 607 609 610 614 616 617 624 631 \
        640 645 646 656 659 667 678 680 681 686 689 703 704 706 716 717 718 724 727 728 729 732 734 740 743 754 757 762 \
        770 772 774 781 786 802 803 804 810 813 814 821 826 828 835 838 839 843 845 848 854 856 857 859 860 861 862 863 864 \
        865 878 904 908 910 912 914 917 919 929 934 937 941 943 947 948 954 959 973 978 980 983 984 989"),
    ("US", &["America/New_York", "America/Chicago"], "219 231 269 270 364 423 502 574 606 729 812 850 906 930 931 948"),
    ("US", &["America/Chicago"], "205 210 214 217 218 224 225 228 235 251 254 256 262 274 281 309 312 314 316 318 319 320 \
        325 331 334 337 346 353 361 363 409 414 417 430 432 447 456 457 463 464 469 479 501 504 507 512 515 531 534 539 \
        557 563 572 573 580 601 608 612 615 618 620 629 630 636 641 651 659 660 662 682 708 712 713 715 726 730 731 737 \
        763 769 773 779 785 815 816 817 830 832 847 870 872 901 903 913 918 920 936 938 940 945 952 956 972 975 979 985"),
    ("US", &["America/Chicago", "America/Denver"], "308 402 605 620 701 785 806 915"),
    ("US", &["America/Denver"], "303 307 385 406 435 505 575 719 720 748 801 970 983"),
    ("US", &["America/Denver", "America/Los_Angeles"], "208 541 458 775 986"),
    ("US", &["America/Phoenix"], "480 520 602 623 928"),
    ("US", &["America/Los_Angeles"], "206 209 213 253 279 310 323 341 350 357 360 369 408 415 424 425 442 503 509 510 530 \
        559 562 564 619 626 628 650 657 661 669 702 707 714 725 738 747 760 805 818 820 831 837 840 858 909 916 925 949 951 971"),
    ("US", &["America/Anchorage", "America/Adak"], "907"),
    ("US", &["Pacific/Honolulu"], "808"),
    ("US", ANYWHERE, "500 521 522 523 524 525 526 527 528 529 532 533 535 538 542 543 544 545 546 547 549 550 552 553 554 556 \
        566 569 577 578 588 589 700 710 800 833 844 855 866 877 888 900"),
    ("CA", &["America/Toronto"], "226 249 263 289 343 354 365 367 382 416 418 437 438 450 468 514 519 548 579 581 613 647 683 \
        705 742 753 819 873 905 942"),
    ("CA", &["America/Toronto", "America/Winnipeg"], "807"),
    ("CA", &["America/Winnipeg"], "204 431 584"),
    ("CA", &["America/Regina"], "306 474 639"),
    ("CA", &["America/Edmonton"], "368 403 587 780 825"),
    ("CA", &["America/Vancouver", "America/Edmonton"], "236 250 257 672 778"),
    ("CA", &["America/Vancouver"], "604"),
    ("CA", &["America/Halifax"], "428 506 782 902"),
    ("CA", &["America/St_Johns", "America/Halifax"], "709 879"),
    ("CA", &["America/Whitehorse", "America/Edmonton", "America/Winnipeg", "America/Toronto"], "867"),
    ("CA", ANYWHERE, "600 622 633 644 655 677 688"),
    ("PR", &["America/Puerto_Rico"], "787 939"),
    ("VI", &["America/St_Thomas"], "340"),
    ("GU", &["Pacific/Guam"], "671"),
    ("MP", &["Pacific/Saipan"], "670"),
    ("AS", &["Pacific/Pago_Pago"], "684"),
    ("BS", &["America/Nassau"], "242"),
    ("BB", &["America/Barbados"], "246"),
    ("AI", &["America/Anguilla"], "264"),
    ("AG", &["America/Antigua"], "268"),
    ("VG", &["America/Tortola"], "284"),
    ("KY", &["America/Cayman"], "345"),
    ("BM", &["Atlantic/Bermuda"], "441"),
    ("GD", &["America/Grenada"], "473"),
    ("TC", &["America/Grand_Turk"], "649"),
    ("JM", &["America/Jamaica"], "658 876"),
    ("MS", &["America/Montserrat"], "664"),
    ("SX", &["America/Lower_Princes"], "721"),
    ("LC", &["America/St_Lucia"], "758"),
    ("DM", &["America/Dominica"], "767"),
    ("VC", &["America/St_Vincent"], "784"),
    ("DO", &["America/Santo_Domingo"], "809 829 849"),
    ("TT", &["America/Port_of_Spain"], "868"),
    ("KN", &["America/St_Kitts"], "869"),
];

/// The home of an area. One that is listed twice is in the zones of the longer list.
pub(super) fn home(area: &str) -> Option<Home> {
    let listed = AREAS.iter().filter(|(_, _, areas)| areas.split(' ').any(|one| one == area));
    let (country, zones, _) = listed.max_by_key(|(_, zones, _)| zones.len())?;
    Some(Home { country, zones })
}

#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = Home> {
    AREAS.iter().map(|(country, zones, _)| Home { country, zones })
}
