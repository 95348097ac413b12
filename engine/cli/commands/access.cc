// Commands for tokens and the audit. They work beside a daemon as well as without one.
#include <cstdlib>

#include "engine/base/redactor.h"
#include "engine/base/timestamp.h"
#include "engine/cli/commands/command.h"
#include "engine/cli/views/text_table.h"
#include "engine/model/access_documents.h"
#include "engine/os/system_random.h"

namespace gitops {
namespace {

std::string TimeText(const std::optional<WallTime>& time) {
  return time ? FormatTimestamp(*time) : std::string();
}

std::string TokenName(const Token& token) {
  return "token " + std::to_string(token.id) + (token.name.empty() ? "" : " (" + token.name + ")");
}

/// "deployer, production/*, until 2027-02-21T08:15:30.250Z"
std::string Rights(const Token& token) {
  return std::string(ToString(token.role)) + ", " + (token.apps.empty() ? "all apps" : token.apps) +
         ", " + (token.expires ? "until " + FormatTimestamp(*token.expires) : "for ever");
}

Status NoteInAudit(Invocation& invocation, AccessStores& stores, const std::string& action,
                   const Token& token) {
  AuditNote note;
  note.actor = "user " + EscapeLine(invocation.services.user());
  note.action = action;
  note.target = TokenName(token);
  note.result = "done";
  note.detail = Rights(token);
  ASSIGN_OR_RETURN([[maybe_unused]] const AuditEntry entry, stores.audit.Append(note));
  return {};
}

/// The first thing that does not belong to the task; "" when all fits.
std::string Misfit(const Arguments& arguments) {
  const std::string task = arguments.First();
  const bool has_number = arguments.positionals.size() > 1;
  if (task == "create" && arguments.role.empty()) {
    return "token create needs --role ROLE: viewer, deployer or admin";
  }
  if (task == "revoke" && !has_number) return "token revoke needs ID: token list shows it";
  if (task != "revoke" && has_number) return "token " + task + " takes no ID";
  const bool has_flag = !arguments.role.empty() || !arguments.app_glob.empty() ||
                        !arguments.name.empty() || arguments.expires.has_value();
  if (task != "create" && has_flag)
    return "only token create takes --role, --app, --expires, --name";
  return "";
}

Result<int> CreateToken(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  Services& services = invocation.services;
  ASSIGN_OR_RETURN(AccessStores * stores, services.OpenAccess(Access::kWrite));
  Token wanted;
  wanted.name = arguments.name;
  wanted.role = *ParseTokenRole(arguments.role);
  wanted.apps = arguments.app_glob;
  wanted.created_by = EscapeLine(services.user());
  if (arguments.expires) wanted.expires = services.clock().Now() + *arguments.expires;
  const Secret text = TokenText(RandomBytes(kTokenBytes));
  ASSIGN_OR_RETURN(const Token token, stores->tokens.Create(wanted, TokenDigest(text.Reveal())));
  if (Status noted = NoteInAudit(invocation, *stores, "token.create", token); !noted) {
    // Nobody may hold a token that the audit does not know.
    ASSIGN_OR_RETURN([[maybe_unused]] const Token gone, stores->tokens.Revoke(token.id));
    return std::move(noted).error();
  }
  Screen& screen = invocation.screen;
  if (screen.IsText()) {
    screen.Text(std::string(text.Reveal()) + "\n");
    screen.Say(TokenName(token) + ": " + Rights(token) + ". It is shown only now.");
    return kExitDone;
  }
  screen.Document([&](DocumentWriter& writer) {
    writer.Key("token");
    WriteToken(writer, token, services.clock().Now());
    writer.Member("secret", text.Reveal());
  });
  return kExitDone;
}

Result<int> ListTokens(Invocation& invocation) {
  ASSIGN_OR_RETURN(AccessStores * stores, invocation.services.OpenAccess(Access::kRead));
  std::vector<Token> tokens;
  if (stores != nullptr) {
    ASSIGN_OR_RETURN(tokens, stores->tokens.List());
  }
  const WallTime now = invocation.services.clock().Now();
  Screen& screen = invocation.screen;
  if (!screen.IsText()) {
    screen.Document([&](DocumentWriter& writer) {
      writer.Key("tokens");
      writer.BeginList();
      for (const Token& token : tokens) WriteToken(writer, token, now);
      writer.EndList();
    });
    return kExitDone;
  }
  if (tokens.empty()) {
    screen.Text("There are no tokens; make one: tfgrid-compose token create --role viewer\n");
    return kExitDone;
  }
  TextTable table({"ID", "STATE", "ROLE", "NAME", "APPS", "EXPIRES", "LAST USED", "CREATED BY"});
  for (const Token& token : tokens) {
    const bool active = token.IsUsable(now);
    table.AddRow({{std::to_string(token.id)},
                  {std::string(TokenState(token, now)), active ? Ink::kGreen : Ink::kDim},
                  {std::string(ToString(token.role))},
                  {token.name},
                  {token.apps.empty() ? "all" : token.apps},
                  {TimeText(token.expires)},
                  {TimeText(token.last_used)},
                  {token.created_by}});
  }
  screen.Text(table.Render(screen.render()));
  return kExitDone;
}

Result<int> RevokeToken(Invocation& invocation) {
  ASSIGN_OR_RETURN(AccessStores * stores, invocation.services.OpenAccess(Access::kWrite));
  ASSIGN_OR_RETURN(
      const Token token,
      stores->tokens.Revoke(std::atoll(invocation.arguments.positionals.at(1).c_str())));
  RETURN_IF_ERROR(NoteInAudit(invocation, *stores, "token.revoke", token));
  Screen& screen = invocation.screen;
  if (screen.IsText()) {
    screen.Text("Revoked " + TokenName(token) + "; it is refused from now on.\n");
    return kExitDone;
  }
  screen.Document([&](DocumentWriter& writer) {
    writer.Key("token");
    WriteToken(writer, token, invocation.services.clock().Now());
  });
  return kExitDone;
}

Result<int> ListAudit(Invocation& invocation, AccessStores* stores) {
  std::vector<AuditEntry> entries;
  if (stores != nullptr) {
    ASSIGN_OR_RETURN(entries, stores->audit.List(0, invocation.arguments.limit));
  }
  Screen& screen = invocation.screen;
  if (!screen.IsText()) {
    screen.Document([&](DocumentWriter& writer) {
      writer.Key("entries");
      writer.BeginList();
      for (const AuditEntry& entry : entries) WriteAuditEntry(writer, entry);
      writer.EndList();
    });
    return kExitDone;
  }
  if (entries.empty()) {
    screen.Text("The audit is empty.\n");
    return kExitDone;
  }
  TextTable table({"ID", "TIME", "WHO", "WHAT", "TARGET", "RESULT", "DETAIL"});
  for (const AuditEntry& entry : entries) {
    const AuditNote& note = entry.note;
    const bool refused = note.result == "refused" || note.result == "failed";
    table.AddRow({{std::to_string(entry.id)},
                  {FormatTimestamp(entry.time)},
                  {note.actor},
                  {note.action},
                  {note.target},
                  {note.result, refused ? Ink::kRed : Ink::kPlain},
                  {note.detail}});
  }
  screen.Text(table.Render(screen.render()));
  return kExitDone;
}

std::string VerdictText(const AuditVerdict& verdict) {
  if (verdict.broken) {
    return "The audit is broken at entry " + std::to_string(*verdict.broken) + ": " + verdict.why +
           ".\n";
  }
  if (verdict.last == 0) return "The audit is empty.\n";
  return "The audit is whole: entries " + std::to_string(verdict.first) + " to " +
         std::to_string(verdict.last) + ", the last hash is " + verdict.last_hash + ".\n";
}

Result<int> VerifyAudit(Invocation& invocation, AccessStores* stores) {
  AuditVerdict verdict;
  if (stores != nullptr) {
    ASSIGN_OR_RETURN(verdict, stores->audit.Verify());
  }
  Screen& screen = invocation.screen;
  if (screen.IsText()) {
    screen.Text(VerdictText(verdict));
  } else {
    screen.Document([&](DocumentWriter& writer) { WriteAuditVerdict(writer, verdict); });
  }
  return verdict.broken ? kExitFailed : kExitDone;
}

}  // namespace

Result<int> RunToken(Invocation& invocation) {
  if (const std::string misfit = Misfit(invocation.arguments); !misfit.empty()) {
    return RefuseUse(invocation, misfit);
  }
  const std::string task = invocation.arguments.First();
  if (task == "create") return CreateToken(invocation);
  if (task == "revoke") return RevokeToken(invocation);
  return ListTokens(invocation);
}

Result<int> RunAudit(Invocation& invocation) {
  ASSIGN_OR_RETURN(AccessStores * stores, invocation.services.OpenAccess(Access::kRead));
  if (invocation.arguments.First() == "verify") return VerifyAudit(invocation, stores);
  return ListAudit(invocation, stores);
}

}  // namespace gitops
