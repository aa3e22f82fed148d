/* package: the Salesforce metadata that an administrator deploys where our user may not make fields
 * (S8.1): our key field on Account, and a permission set that lets Tandem's user read and edit it.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "app/app.h"

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define NS   "xmlns=\"http://soap.sforce.com/2006/04/metadata\""

static const char manifest[] =
    HEAD "<Package " NS ">\n"
         "    <types><members>Account.%.*s</members><name>CustomField</name></types>\n"
         "    <types><members>Tandem</members><name>PermissionSet</name></types>\n"
         "    <version>%.*s</version>\n"
         "</Package>\n";

static const char field[] =
    HEAD "<CustomObject " NS ">\n"
         "    <fields>\n"
         "        <fullName>%.*s</fullName>\n"
         "        <label>Tandem Company Id</label>\n"
         "        <description>The HubSpot company this account is kept in step with. Written by"
         " Tandem; please leave it alone.</description>\n"
         "        <type>Text</type>\n"
         "        <length>64</length>\n"
         "        <externalId>true</externalId>\n"
         "        <unique>true</unique>\n"
         "        <caseSensitive>false</caseSensitive>\n"
         "    </fields>\n"
         "</CustomObject>\n";

static const char permissions[] =
    HEAD "<PermissionSet " NS ">\n"
         "    <label>Tandem</label>\n"
         "    <description>What Tandem's user needs to keep accounts in step.</description>\n"
         "    <fieldPermissions>\n"
         "        <field>Account.%.*s</field>\n"
         "        <readable>true</readable>\n"
         "        <editable>true</editable>\n"
         "    </fieldPermissions>\n"
         "    <objectPermissions>\n"
         "        <object>Account</object>\n"
         "        <allowCreate>true</allowCreate>\n"
         "        <allowRead>true</allowRead>\n"
         "        <allowEdit>true</allowEdit>\n"
         "        <allowDelete>false</allowDelete>\n"
         "        <viewAllRecords>true</viewAllRecords>\n"
         "        <modifyAllRecords>false</modifyAllRecords>\n"
         "    </objectPermissions>\n"
         "</PermissionSet>\n";

static bool folder(const char *path, struct err *e)
{
    return mkdir(path, 0755) == 0 || errno == EEXIST ||
           file_failed("make the folder", path, errno, e);
}

static const char *below(struct app *app, const char *dir, const char *name)
{
    return str_cstr(&app->a, str_fmt(&app->a, "%s/%s", dir, name));
}

static bool put(struct app *app, const char *dir, const char *name, struct str text, struct err *e)
{
    const char *path = below(app, dir, name);
    return file_write(app, path, text, e) ||
           err_hint(e, "name a folder that is empty or not there yet, where you may write");
}

bool package_write(struct app *app, const char *dir, struct err *e)
{
    struct str key = app->config.salesforce_key_field, version = app->config.salesforce_version;
    return folder(dir, e) && folder(below(app, dir, "objects"), e) &&
           folder(below(app, dir, "permissionsets"), e) &&
           put(app, dir, "package.xml", str_fmt(&app->a, manifest, STR_ARG(key), STR_ARG(version)),
               e) &&
           put(app, dir, "objects/Account.object", str_fmt(&app->a, field, STR_ARG(key)), e) &&
           put(app, dir, "permissionsets/Tandem.permissionset",
               str_fmt(&app->a, permissions, STR_ARG(key)), e);
}
