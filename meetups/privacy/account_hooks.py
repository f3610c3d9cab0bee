"""Connect what an account means to meetups with the app of people (hosts.hooks). Loaded when Django starts."""

from hosts.hooks import AccountHooks, connect
from meetups.outbox.stranger_limits import note_stranger_mail
from meetups.privacy.account_deletion import obstacles_to_deletion, remove_before_deletion
from meetups.privacy.export import data_of_user
from meetups.webhooks.services import change_secrets

connect(
    AccountHooks(
        may_mail_stranger=note_stranger_mail,
        obstacles_to_deletion=obstacles_to_deletion,
        before_deletion=remove_before_deletion,
        data_of_user=data_of_user,
        change_secrets=change_secrets,
    )
)
