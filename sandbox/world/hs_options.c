/* hs_options: the options of the standard properties; the hosts that are nobody's company. */
#include "sandbox/world/hs_p.h"

/* clang-format off */
static const struct hs_option industry_options[] = {
    {"Accounting", "ACCOUNTING", 0, false}, {"Airlines Aviation", "AIRLINES_AVIATION", 1, false},
    {"Alternative Dispute Resolution", "ALTERNATIVE_DISPUTE_RESOLUTION", 2, false},
    {"Alternative Medicine", "ALTERNATIVE_MEDICINE", 3, false},
    {"Animation", "ANIMATION", 4, false}, {"Apparel Fashion", "APPAREL_FASHION", 5, false},
    {"Architecture Planning", "ARCHITECTURE_PLANNING", 6, false},
    {"Arts and Crafts", "ARTS_AND_CRAFTS", 7, false}, {"Automotive", "AUTOMOTIVE", 8, false},
    {"Aviation Aerospace", "AVIATION_AEROSPACE", 9, false}, {"Banking", "BANKING", 10, false},
    {"Biotechnology", "BIOTECHNOLOGY", 11, false},
    {"Broadcast Media", "BROADCAST_MEDIA", 12, false},
    {"Building Materials", "BUILDING_MATERIALS", 13, false},
    {"Business Supplies and Equipment", "BUSINESS_SUPPLIES_AND_EQUIPMENT", 14, false},
    {"Capital Markets", "CAPITAL_MARKETS", 15, false}, {"Chemicals", "CHEMICALS", 16, false},
    {"Civic Social Organization", "CIVIC_SOCIAL_ORGANIZATION", 17, false},
    {"Civil Engineering", "CIVIL_ENGINEERING", 18, false},
    {"Commercial Real Estate", "COMMERCIAL_REAL_ESTATE", 19, false},
    {"Computer Network Security", "COMPUTER_NETWORK_SECURITY", 20, false},
    {"Computer Games", "COMPUTER_GAMES", 21, false},
    {"Computer Hardware", "COMPUTER_HARDWARE", 22, false},
    {"Computer Networking", "COMPUTER_NETWORKING", 23, false},
    {"Computer Software", "COMPUTER_SOFTWARE", 24, false}, {"Internet", "INTERNET", 25, false},
    {"Construction", "CONSTRUCTION", 26, false},
    {"Consumer Electronics", "CONSUMER_ELECTRONICS", 27, false},
    {"Consumer Goods", "CONSUMER_GOODS", 28, false},
    {"Consumer Services", "CONSUMER_SERVICES", 29, false}, {"Cosmetics", "COSMETICS", 30, false},
    {"Dairy", "DAIRY", 31, false}, {"Defense Space", "DEFENSE_SPACE", 32, false},
    {"Design", "DESIGN", 33, false}, {"Education Management", "EDUCATION_MANAGEMENT", 34, false},
    {"E Learning", "E_LEARNING", 35, false},
    {"Electrical Electronic Manufacturing", "ELECTRICAL_ELECTRONIC_MANUFACTURING", 36, false},
    {"Entertainment", "ENTERTAINMENT", 37, false},
    {"Environmental Services", "ENVIRONMENTAL_SERVICES", 38, false},
    {"Events Services", "EVENTS_SERVICES", 39, false},
    {"Executive Office", "EXECUTIVE_OFFICE", 40, false},
    {"Facilities Services", "FACILITIES_SERVICES", 41, false}, {"Farming", "FARMING", 42, false},
    {"Financial Services", "FINANCIAL_SERVICES", 43, false}, {"Fine Art", "FINE_ART", 44, false},
    {"Fishery", "FISHERY", 45, false}, {"Food Beverages", "FOOD_BEVERAGES", 46, false},
    {"Food Production", "FOOD_PRODUCTION", 47, false}, {"Fund Raising", "FUND_RAISING", 48, false},
    {"Furniture", "FURNITURE", 49, false}, {"Gambling Casinos", "GAMBLING_CASINOS", 50, false},
    {"Glass Ceramics Concrete", "GLASS_CERAMICS_CONCRETE", 51, false},
    {"Government Administration", "GOVERNMENT_ADMINISTRATION", 52, false},
    {"Government Relations", "GOVERNMENT_RELATIONS", 53, false},
    {"Graphic Design", "GRAPHIC_DESIGN", 54, false},
    {"Health Wellness and Fitness", "HEALTH_WELLNESS_AND_FITNESS", 55, false},
    {"Higher Education", "HIGHER_EDUCATION", 56, false},
    {"Hospital Health Care", "HOSPITAL_HEALTH_CARE", 57, false},
    {"Hospitality", "HOSPITALITY", 58, false}, {"Human Resources", "HUMAN_RESOURCES", 59, false},
    {"Import and Export", "IMPORT_AND_EXPORT", 60, false},
    {"Individual Family Services", "INDIVIDUAL_FAMILY_SERVICES", 61, false},
    {"Industrial Automation", "INDUSTRIAL_AUTOMATION", 62, false},
    {"Information Services", "INFORMATION_SERVICES", 63, false},
    {"Information Technology and Services", "INFORMATION_TECHNOLOGY_AND_SERVICES", 64, false},
    {"Insurance", "INSURANCE", 65, false},
    {"International Affairs", "INTERNATIONAL_AFFAIRS", 66, false},
    {"International Trade and Development", "INTERNATIONAL_TRADE_AND_DEVELOPMENT", 67, false},
    {"Investment Banking", "INVESTMENT_BANKING", 68, false},
    {"Investment Management", "INVESTMENT_MANAGEMENT", 69, false},
    {"Judiciary", "JUDICIARY", 70, false}, {"Law Enforcement", "LAW_ENFORCEMENT", 71, false},
    {"Law Practice", "LAW_PRACTICE", 72, false}, {"Legal Services", "LEGAL_SERVICES", 73, false},
    {"Legislative Office", "LEGISLATIVE_OFFICE", 74, false},
    {"Leisure Travel Tourism", "LEISURE_TRAVEL_TOURISM", 75, false},
    {"Libraries", "LIBRARIES", 76, false},
    {"Logistics and Supply Chain", "LOGISTICS_AND_SUPPLY_CHAIN", 77, false},
    {"Luxury Goods Jewelry", "LUXURY_GOODS_JEWELRY", 78, false},
    {"Machinery", "MACHINERY", 79, false},
    {"Management Consulting", "MANAGEMENT_CONSULTING", 80, false},
    {"Maritime", "MARITIME", 81, false}, {"Market Research", "MARKET_RESEARCH", 82, false},
    {"Marketing and Advertising", "MARKETING_AND_ADVERTISING", 83, false},
    {"Mechanical or Industrial Engineering", "MECHANICAL_OR_INDUSTRIAL_ENGINEERING", 84, false},
    {"Media Production", "MEDIA_PRODUCTION", 85, false},
    {"Medical Devices", "MEDICAL_DEVICES", 86, false},
    {"Medical Practice", "MEDICAL_PRACTICE", 87, false},
    {"Mental Health Care", "MENTAL_HEALTH_CARE", 88, false}, {"Military", "MILITARY", 89, false},
    {"Mining Metals", "MINING_METALS", 90, false},
    {"Motion Pictures and Film", "MOTION_PICTURES_AND_FILM", 91, false},
    {"Museums and Institutions", "MUSEUMS_AND_INSTITUTIONS", 92, false},
    {"Music", "MUSIC", 93, false}, {"Nanotechnology", "NANOTECHNOLOGY", 94, false},
    {"Newspapers", "NEWSPAPERS", 95, false},
    {"Non Profit Organization Management", "NON_PROFIT_ORGANIZATION_MANAGEMENT", 96, false},
    {"Oil Energy", "OIL_ENERGY", 97, false}, {"Online Media", "ONLINE_MEDIA", 98, false},
    {"Outsourcing Offshoring", "OUTSOURCING_OFFSHORING", 99, false},
    {"Package Freight Delivery", "PACKAGE_FREIGHT_DELIVERY", 100, false},
    {"Packaging and Containers", "PACKAGING_AND_CONTAINERS", 101, false},
    {"Paper Forest Products", "PAPER_FOREST_PRODUCTS", 102, false},
    {"Performing Arts", "PERFORMING_ARTS", 103, false},
    {"Pharmaceuticals", "PHARMACEUTICALS", 104, false},
    {"Philanthropy", "PHILANTHROPY", 105, false}, {"Photography", "PHOTOGRAPHY", 106, false},
    {"Plastics", "PLASTICS", 107, false},
    {"Political Organization", "POLITICAL_ORGANIZATION", 108, false},
    {"Primary Secondary Education", "PRIMARY_SECONDARY_EDUCATION", 109, false},
    {"Printing", "PRINTING", 110, false},
    {"Professional Training Coaching", "PROFESSIONAL_TRAINING_COACHING", 111, false},
    {"Program Development", "PROGRAM_DEVELOPMENT", 112, false},
    {"Public Policy", "PUBLIC_POLICY", 113, false},
    {"Public Relations and Communications", "PUBLIC_RELATIONS_AND_COMMUNICATIONS", 114, false},
    {"Public Safety", "PUBLIC_SAFETY", 115, false}, {"Publishing", "PUBLISHING", 116, false},
    {"Railroad Manufacture", "RAILROAD_MANUFACTURE", 117, false},
    {"Ranching", "RANCHING", 118, false}, {"Real Estate", "REAL_ESTATE", 119, false},
    {"Recreational Facilities and Services", "RECREATIONAL_FACILITIES_AND_SERVICES", 120, false},
    {"Religious Institutions", "RELIGIOUS_INSTITUTIONS", 121, false},
    {"Renewables Environment", "RENEWABLES_ENVIRONMENT", 122, false},
    {"Research", "RESEARCH", 123, false}, {"Restaurants", "RESTAURANTS", 124, false},
    {"Retail", "RETAIL", 125, false},
    {"Security and Investigations", "SECURITY_AND_INVESTIGATIONS", 126, false},
    {"Semiconductors", "SEMICONDUCTORS", 127, false}, {"Shipbuilding", "SHIPBUILDING", 128, false},
    {"Sporting Goods", "SPORTING_GOODS", 129, false}, {"Sports", "SPORTS", 130, false},
    {"Staffing and Recruiting", "STAFFING_AND_RECRUITING", 131, false},
    {"Supermarkets", "SUPERMARKETS", 132, false},
    {"Telecommunications", "TELECOMMUNICATIONS", 133, false}, {"Textiles", "TEXTILES", 134, false},
    {"Think Tanks", "THINK_TANKS", 135, false}, {"Tobacco", "TOBACCO", 136, false},
    {"Translation and Localization", "TRANSLATION_AND_LOCALIZATION", 137, false},
    {"Transportation Trucking Railroad", "TRANSPORTATION_TRUCKING_RAILROAD", 138, false},
    {"Utilities", "UTILITIES", 139, false},
    {"Venture Capital Private Equity", "VENTURE_CAPITAL_PRIVATE_EQUITY", 140, false},
    {"Veterinary", "VETERINARY", 141, false}, {"Warehousing", "WAREHOUSING", 142, false},
    {"Wholesale", "WHOLESALE", 143, false}, {"Wine and Spirits", "WINE_AND_SPIRITS", 144, false},
    {"Wireless", "WIRELESS", 145, false},
    {"Writing and Editing", "WRITING_AND_EDITING", 146, false},
};
static const struct hs_option type_options[] = {
    {"Prospect", "PROSPECT", 0, false}, {"Partner", "PARTNER", 1, false},
    {"Reseller", "RESELLER", 2, false}, {"Vendor", "VENDOR", 3, false},
    {"Other", "OTHER", 4, false},
};
static const struct hs_option stage_options[] = {
    {"Subscriber", "subscriber", 0, false}, {"Lead", "lead", 1, false},
    {"Marketing Qualified Lead", "marketingqualifiedlead", 2, false},
    {"Sales Qualified Lead", "salesqualifiedlead", 3, false},
    {"Opportunity", "opportunity", 4, false}, {"Customer", "customer", 5, false},
    {"Evangelist", "evangelist", 6, false}, {"Other", "other", 7, false},
};
static const struct hs_option status_options[] = {
    {"New", "NEW", 0, false}, {"Open", "OPEN", 1, false}, {"In Progress", "IN_PROGRESS", 2, false},
    {"Open Deal", "OPEN_DEAL", 3, false}, {"Unqualified", "UNQUALIFIED", 4, false},
    {"Attempted to Contact", "ATTEMPTED_TO_CONTACT", 5, false},
    {"Connected", "CONNECTED", 6, false}, {"Bad Timing", "BAD_TIMING", 7, false},
};
static const struct hs_option tier_options[] = {
    {"Tier 1", "tier_1", 0, false}, {"Tier 2", "tier_2", 1, false}, {"Tier 3", "tier_3", 2, false},
};
static const struct hs_option sentiment_options[] = {
    {"Healthy", "healthy", 0, false}, {"Neutral", "neutral", 1, false},
    {"At risk", "at_risk", 2, false},
};
static const struct hs_option technologies_options[] = {
    {"Salesforce", "salesforce", 0, false}, {"WordPress", "wordpress", 1, false},
    {"Google Analytics", "google_analytics", 2, false}, {"Shopify", "shopify", 3, false},
    {"Cloudflare", "cloudflare", 4, false},
};
static const struct hs_option size_options[] = {
    {"1-5", "1-5", 0, false}, {"5-25", "5-25", 1, false}, {"25-50", "25-50", 2, false},
    {"50-100", "50-100", 3, false}, {"100-500", "100-500", 4, false},
    {"500-1000", "500-1000", 5, false}, {"1000+", "1000+", 6, false},
};
static const struct hs_option role_options[] = {
    {"Blocker", "BLOCKER", 0, false}, {"Budget Holder", "BUDGET_HOLDER", 1, false},
    {"Champion", "CHAMPION", 2, false}, {"Decision Maker", "DECISION_MAKER", 3, false},
    {"End User", "END_USER", 4, false}, {"Executive Sponsor", "EXECUTIVE_SPONSOR", 5, false},
    {"Influencer", "INFLUENCER", 6, false}, {"Other", "OTHER", 7, false},
};
static const struct hs_option persona_options[] = {
    {"Persona 1", "persona_1", 0, false}, {"Persona 2", "persona_2", 1, false},
};
static const struct hs_option language_options[] = {
    {"Dutch", "nl", 0, false}, {"English", "en", 1, false}, {"French", "fr", 2, false},
    {"German", "de", 3, false}, {"Italian", "it", 4, false}, {"Japanese", "ja", 5, false},
    {"Spanish", "es", 6, false}, {"Swedish", "sv", 7, false},
};
/* clang-format on */

static const struct {
    const char *name;
    const struct hs_option *option;
    size_t options;
} option_sets[] = {{"industry", industry_options, LEN(industry_options)},
                   {"type", type_options, LEN(type_options)},
                   {"stage", stage_options, LEN(stage_options)},
                   {"status", status_options, LEN(status_options)},
                   {"tier", tier_options, LEN(tier_options)},
                   {"sentiment", sentiment_options, LEN(sentiment_options)},
                   {"technologies", technologies_options, LEN(technologies_options)},
                   {"size", size_options, LEN(size_options)},
                   {"role", role_options, LEN(role_options)},
                   {"persona", persona_options, LEN(persona_options)},
                   {"language", language_options, LEN(language_options)}};

const struct hs_option *hs_options(const char *set, size_t *n)
{
    for (size_t i = 0; i < LEN(option_sets); i++)
        if (strcmp(option_sets[i].name, set) == 0) {
            *n = option_sets[i].options;
            return option_sets[i].option;
        }
    *n = 0;
    return NULL;
}

static const char *const free_hosts[] = {
    "gmail.com",   "googlemail.com", "yahoo.com",  "yahoo.co.uk", "hotmail.com", "outlook.com",
    "live.com",    "msn.com",        "icloud.com", "me.com",      "aol.com",     "gmx.net",
    "gmx.de",      "web.de",         "mail.ru",    "yandex.ru",   "proton.me",   "protonmail.com",
    "t-online.de", "qq.com",         "163.com",    "libero.it",   "orange.fr",   "mail.com"};

bool hs_free_mail(struct str host)
{
    for (size_t i = 0; i < LEN(free_hosts); i++)
        if (str_eq_nocase(host, str_from(free_hosts[i])))
            return true;
    return false;
}
