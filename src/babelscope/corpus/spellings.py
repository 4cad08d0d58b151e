"""Names in: how each named corpus spells its languages. Facts of the pinned revisions, one block per corpus."""

__all__ = ["BIBLENLP", "FLORES", "MINI", "NTREX"]

MINI = ("ar", "en", "es", "fr", "hi", "id", "pt", "vi", "zh")
"""The files of the bundled corpus."""

NTREX = tuple(
    """
    afr_Latn amh_Ethi arb_Arab aze_Latn bak_Cyrl bel_Cyrl bem_Latn ben_Beng bod_Tibt bos_Latn bul_Cyrl cat_Latn
    ces_Latn ckb_Arab cym_Latn dan_Latn deu_Latn div_Thaa dzo_Tibt ell_Grek eng_Latn eng-GB_Latn eus_Latn ewe_Latn
    fao_Latn fas_Arab fij_Latn fil_Latn fin_Latn fra_Latn fuc_Latn gle_Latn glg_Latn guj_Gujr hau_Latn heb_Hebr
    hin_Deva hmn_Latn hrv_Latn hun_Latn hye_Armn ibo_Latn ind_Latn isl_Latn ita_Latn jpn_Jpan kan_Knda kat_Geor
    kaz_Cyrl khm_Khmr kin_Latn kir_Cyrl kmr_Latn kor_Hang lao_Laoo lav_Latn lit_Latn ltz_Latn mal_Mlym mar_Deva
    mey_Arab mkd_Cyrl mlg_Latn mlt_Latn mon_Mong mri_Latn msa_Latn mya_Mymr nde_Latn nep_Deva nld_Latn nno_Latn
    nob_Latn nso_Latn nya_Latn orm_Ethi pan_Guru pol_Latn por_Latn prs_Arab pus_Arab ron_Latn rus_Cyrl shi_Arab
    sin_Sinh slk_Latn slv_Latn smo_Latn sna_Latn snd_Arab som_Latn spa_Latn sqi_Latn srp_Cyrl srp_Latn ssw_Latn
    swa_Latn swe_Latn tah_Latn tam_Taml tat_Cyrl tel_Telu tgk_Cyrl tha_Thai tir_Ethi ton_Latn tsn_Latn tuk_Latn
    tur_Latn uig_Arab ukr_Cyrl urd_Arab uzb_Latn ven_Latn vie_Latn wol_Latn xho_Latn yor_Latn yue_Hant zho_Hans
    zho_Hant zul_Latn
    """.split()
)
"""Configurations of NTREX-128 on the hub."""

FLORES = tuple(
    """
    afr_Latn als_Latn amh_Ethi arb_Arab arz_Arab asm_Beng ben_Beng bul_Cyrl cat_Latn ces_Latn ckb_Arab cmn_Hans
    cmn_Hant cym_Latn dan_Latn deu_Latn ell_Grek eng_Latn eus_Latn fil_Latn fin_Latn fra_Latn gle_Latn glg_Latn
    guj_Gujr hau_Latn heb_Hebr hin_Deva hrv_Latn hun_Latn hye_Armn ibo_Latn ind_Latn isl_Latn ita_Latn jpn_Jpan
    kan_Knda kat_Geor kaz_Cyrl khm_Khmr kor_Hang lao_Laoo lit_Latn lvs_Latn mal_Mlym mkd_Cyrl mya_Mymr nld_Latn
    nno_Latn nob_Latn npi_Deva pan_Guru pes_Arab pol_Latn por_Latn ron_Latn rus_Cyrl sin_Sinh slk_Latn slv_Latn
    som_Latn spa_Latn srp_Cyrl swe_Latn swh_Latn tam_Taml tel_Telu tha_Thai tur_Latn ukr_Cyrl urd_Arab vie_Latn
    xho_Latn yor_Latn yue_Hant zsm_Latn zul_Latn
    """.split()
)
"""The better known configurations of FLORES+; the hub has more, and they are looked up when asked for."""

BIBLENLP = tuple(
    """
    arb asm ben bre ceb ces cha ckb cmn cop dan deu eng epo ewe fra grc guj hat hau haw heb hin hrv hun ilo ind ita
    jpn kan kik lat lin lit lug luo mal mar mya nld npi ory pan pes pol por ron rus som spa srp swe swh tam tel tgk
    tgl tha ton tpi tur twi uig ukr urd vie wol yor
    """.split()
)
"""The better known languages that BibleNLP pairs with English; the hub has some 800 more."""
